/** Exchanges that give a client what is not for it. */
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { rootOf } from "../chains.ts";
import { nowSeconds } from "../harness.ts";
import { grantedBy, ORDERS, personToken, SERVICE, TYPE } from "../oauth.ts";
import { ask, asking, bearer, exchangeForm, PARTNER, PEOPLE, type Row, redeem, said } from "./given.ts";

export const exchanges: Row[] = [
  [
    "another's `may_act`",
    "names another actor",
    async () =>
      said(await ask("support-agent", exchangeForm(await personToken({ may_act: { sub: "refund-service" } })))),
  ],
  [
    "a `may_act` that is a text",
    "names another actor",
    async () => said(await ask("support-agent", exchangeForm(await personToken({ may_act: "support-agent" })))),
  ],
  [
    "a `may_act` that is a list",
    "names another actor",
    async () =>
      said(await ask("support-agent", exchangeForm(await personToken({ may_act: [{ sub: "support-agent" }] })))),
  ],
  [
    "a `may_act` whose name is a list",
    "names another actor",
    async () =>
      said(await ask("support-agent", exchangeForm(await personToken({ may_act: { sub: ["support-agent"] } })))),
  ],
  [
    "a partner's token for a client that only our provider calls so",
    "does not name this client",
    async () => {
      const token = await personToken(
        { iss: PARTNER, aud: CAST.gateway },
        { header: { kid: "partner-1" }, signedBy: "partner-idp" },
      );
      return said(await ask("support-agent", exchangeForm(token)));
    },
  ],
  [
    "a token that is bound to a key, without a proof",
    "invalid_dpop_proof",
    async () =>
      said(
        await ask(
          "support-agent",
          exchangeForm(await personToken({ cnf: { jkt: (await keyNamed("agent")).thumbprint } })),
        ),
      ),
  ],
  [
    "an actor token that is bound to another's key",
    "bound to a key",
    async () => {
      const token = (await grantedBy(await asking("refund-service", "service", { grant_type: "client_credentials" })))
        .access_token;
      const form = exchangeForm(await personToken({ aud: "relay" }), {
        actor_token: token,
        actor_token_type: TYPE.access,
      });
      return said(await asking("relay", "mallory", form));
    },
  ],
  [
    "an actor token of a partner's that bears the name of the actor",
    "may not be the actor",
    async () => {
      const token = await personToken(
        { iss: PARTNER, client_id: SERVICE, aud: CAST.gateway, txn: undefined },
        { header: { kid: "partner-1" }, signedBy: "partner-idp" },
      );
      const form = exchangeForm(await personToken({ aud: "relay" }), {
        actor_token: token,
        actor_token_type: TYPE.access,
      });
      return said(await ask("relay", form));
    },
  ],
  [
    "a purpose beside the one that the provider mapped",
    "task_context_changed",
    async () =>
      bearer(
        await rootOf({
          claims: {
            iss: PEOPLE,
            cnf: undefined,
            email: "p@acme.example",
            reason: "customer-support",
            tctx: { purpose: "customer-supportx" },
          },
        }),
      ),
  ],
  [
    "a token for an upstream's audience",
    "invalid_target",
    async () =>
      said(await ask("support-agent", { grant_type: "client_credentials", audience: "https://orders.acme.example" })),
  ],
  [
    "the URL of a route, spelled otherwise",
    "invalid_target",
    async () => said(await ask("support-agent", { grant_type: "client_credentials", audience: `${ORDERS}/` })),
  ],
  [
    "a task of an old root made young by two exchanges and a grant",
    "has no time left",
    async () => said(await redeem({ txn_began: nowSeconds() - 3600 }, "old-desk")),
  ],
];
