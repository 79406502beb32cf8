/** Tokens that the gateway or others have signed for something else. */
import { CAST } from "../../vectors/craft.ts";
import { rootOf } from "../chains.ts";
import { call, seenBy } from "../harness.ts";
import { AGENT, basic, grantedBy, personToken, post, TYPE } from "../oauth.ts";
import {
  ask,
  assertWith,
  bearer,
  exchangeForm,
  JAG,
  own,
  PEOPLE,
  partnerRoot,
  type Row,
  said,
  serviceChain,
  WORKER,
  world,
} from "./given.ts";

/** Tokens that the gateway signs for something else. */
const kinds: readonly (readonly [string, () => Promise<string>])[] = [
  [
    "a narrowed token",
    async () =>
      String((await seenBy(await call(world, { chain: await serviceChain() }))).headers["authorization"]).slice(7),
  ],
  [
    "a grant for another domain",
    async () => {
      const form = exchangeForm(await personToken({ aud: "abroad" }), {
        requested_token_type: JAG,
        audience: "https://as.partner.example",
      });
      return (await grantedBy(await ask("abroad", form))).access_token;
    },
  ],
  [
    "an introspection answer",
    async () => {
      const headers = { ...basic("support-agent"), accept: "application/token-introspection+jwt" };
      return (await post(world, "/oauth/introspect", { token: await own() }, headers)).text();
    },
  ],
  [
    "a bootstrap context",
    async () => {
      const form = {
        grant_type: "urn:ietf:params:oauth:grant-type:actor-chain-bootstrap",
        actor_chain_profile: "verified-full",
        audience: CAST.gateway,
      };
      const answer = await post(world, "/oauth/actor-chain/bootstrap", form);
      return ((await answer.json()) as Record<string, string>)["actor_chain_bootstrap_context"] as string;
    },
  ],
];
export const confused: Row[] = kinds.flatMap(([what, make]): Row[] => [
  [`${what} as a root`, "typ_forbidden", async () => bearer(await make())],
  [
    `${what} as subject token`,
    "not of its declared type",
    async () => said(await ask("support-agent", exchangeForm(await make(), { subject_token_type: TYPE.jwt }))),
  ],
  [
    `${what} as actor token`,
    "not of its declared type",
    async () => {
      const form = { actor_token: await make(), actor_token_type: TYPE.jwt };
      return said(await ask("support-agent", exchangeForm(await personToken(), form)));
    },
  ],
  [
    `${what} as client assertion`,
    "invalid_client",
    async () => said(await assertWith(await make(), "jwt-spiffe", { client_id: WORKER })),
  ],
]);

export const roots: Row[] = [
  [
    "a root that says the gateway issued it, by the identity provider's key",
    "signature_invalid",
    async () =>
      bearer(
        await rootOf({
          header: { kid: world.gatewayKeys[0]?.kid },
          claims: { iss: CAST.gateway, cnf: undefined, sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" } },
        }),
      ),
  ],
  [
    "a partner's subject that `sub_id` calls ours, as format email",
    "policy_denied",
    async () => bearer(await partnerRoot({ cnf: undefined, sub_id: { format: "email", email: "alice@acme.example" } })),
  ],
  [
    "a `sub_id` without a format",
    "claim_type",
    async () => bearer(await partnerRoot({ cnf: undefined, sub_id: { iss: CAST.issuer, sub: "alice" } })),
  ],
  [
    "a `sub_id` whose issuer is an object",
    "claim_type",
    async () => bearer(await partnerRoot({ cnf: undefined, sub_id: { format: "iss_sub", iss: {}, sub: "a" } })),
  ],
  [
    "act_proof and lineage of one's own making in a partner's root",
    "policy_denied",
    async () =>
      bearer(
        await partnerRoot({
          cnf: undefined,
          act: { sub: AGENT },
          act_proof: ["registered"],
          lineage: [],
          purpose_by: { iss: CAST.issuer, sub: CAST.issuer },
        }),
      ),
  ],
  ...[
    ["an object", { a: 1 }],
    ["a list", ["olga@acme.example"]],
    ["null", null],
    ["true", true],
  ].map(
    ([what, email]): Row => [
      `a mapped claim that is ${what as string}`,
      "root_refused",
      async () => bearer(await rootOf({ claims: { iss: PEOPLE, cnf: undefined, email } })),
    ],
  ),
];
