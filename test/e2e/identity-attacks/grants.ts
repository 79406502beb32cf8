/** Grants of other domains. */
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { grantedBy, ORDERS, REFUNDS } from "../oauth.ts";
import { ask, asking, assertionOf, BEARER_GRANT, bearer, grantOf, type Row, redeem, said } from "./given.ts";

export const grants: Row[] = [
  [
    "a grant with 17 actors",
    "invalid_grant",
    async () => {
      let act: object = { sub: "a0" };
      for (let i = 1; i < 17; i++) act = { sub: `a${i}`, act };
      return said(await redeem({ act }));
    },
  ],
  [
    "a grant whose `act` ends in null",
    "invalid_grant",
    async () => said(await redeem({ act: { sub: "a", act: null } })),
  ],
  [
    "a grant with `cnf.jwk`",
    "invalid_grant",
    async () => said(await redeem({ cnf: { jwk: (await keyNamed("mallory")).jwk } })),
  ],
  [
    "a grant bound to another key",
    "invalid_dpop_proof",
    async () => {
      const assertion = await grantOf({ cnf: { jkt: (await keyNamed("agent")).thumbprint } });
      return said(await asking("desk", "mallory", { grant_type: BEARER_GRANT, assertion }));
    },
  ],
  [
    "a grant for a list of other resources",
    "invalid_target",
    async () => said(await redeem({ resource: [ORDERS, REFUNDS] })),
  ],
  [
    "a grant of another client",
    "another client's",
    async () =>
      said(await ask("desk", { grant_type: BEARER_GRANT, assertion: await grantOf({ client_id: "old-desk" }) })),
  ],
  [
    "a grant with details that are no list",
    "invalid_grant",
    async () => said(await redeem({ authorization_details: { type: "x" } })),
  ],
  ["a grant with a `txn_began` that is a text", "invalid_grant", async () => said(await redeem({ txn_began: "1" }))],
  [
    "a grant that has the client among its actors",
    "policy_denied",
    async () => {
      const { access_token: token } = await grantedBy(
        await redeem({ act: { sub: "urn:acme:desk", iss: CAST.gateway } }),
      );
      return bearer(token);
    },
  ],
  [
    "a grant twice",
    "used before",
    async () => {
      const assertion = await grantOf();
      await grantedBy(await ask("desk", { grant_type: BEARER_GRANT, assertion }));
      return said(await ask("desk", { grant_type: BEARER_GRANT, assertion }));
    },
  ],
  [
    "a grant of an issuer whose grants are not taken",
    "not accepted here",
    async () => said(await redeem({ iss: CAST.issuer })),
  ],
  [
    "a client assertion as a grant",
    "not accepted",
    async () => said(await ask("desk", { grant_type: BEARER_GRANT, assertion: await assertionOf() })),
  ],
];
