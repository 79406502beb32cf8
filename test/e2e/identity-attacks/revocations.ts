/** What a revocation must reach. */
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { nameOf, rootOf, toAgent } from "../chains.ts";
import { nowSeconds, taskOf } from "../harness.ts";
import { grantedBy, personToken, TYPE } from "../oauth.ts";
import {
  approve,
  ask,
  asked,
  bearer,
  exchangeForm,
  introspect,
  JAG,
  type Row,
  revoke,
  withHop,
  world,
} from "./given.ts";

/** A token that an exchange made of a root, and what ends it. */
const ended = (what: string, revocation: (root: string) => object, claims: Record<string, unknown> = {}): Row => [
  `a token, a Txn-Token and a delegation of it, after the ${what} was revoked`,
  "400 false 400 401",
  async () => {
    const root = await personToken({ aud: ["abroad", CAST.gateway], ...claims });
    const form = { subject_token_type: TYPE.access };
    const token = (await grantedBy(await ask("abroad", exchangeForm(root, form)))).access_token;
    const txn = (await grantedBy(await ask("abroad", exchangeForm(root, { ...form, requested_token_type: TYPE.txn }))))
      .access_token;
    await revoke(revocation(root));
    const again = await ask(
      "abroad",
      exchangeForm(token, { requested_token_type: JAG, audience: "https://as.partner.example" }),
    );
    const onward = await ask("billing", exchangeForm(txn, { subject_token_type: TYPE.txn }));
    const { active } = await introspect(token, "abroad");
    const atGateway = await bearer(token);
    return `${again.status} ${String(active)} ${onward.status} ${atGateway.slice(0, 3)}`;
  },
];
export const revocations: Row[] = [
  ended("subject", () => ({ kind: "subject", issuer: CAST.issuer, sub: "rev-1" }), { sub: "rev-1" }),
  ended("session", () => ({ kind: "session", issuer: CAST.issuer, sid: "rev-s" }), { sid: "rev-s" }),
  ended("task", () => ({ kind: "task", task: taskOf("rev-task") }), { txn: "rev-task" }),
  ended("root", (root) => ({ kind: "hop", hash: nameOf(root, 0) })),
  ended("token", () => ({ kind: "token", issuer: CAST.issuer, jti: "rev-jti" }), { jti: "rev-jti" }),
  ended("provider's client", () => ({ kind: "client", issuer: CAST.issuer, client_id: "rev-client" }), {
    client_id: "rev-client",
  }),
  ended("person by e-mail in another case", () => ({ kind: "subject", issuer: CAST.issuer, sub: "REV@acme.example" }), {
    email: "Rev@Acme.example",
  }),
  [
    "an approval, after the root was revoked",
    "revoked",
    async () => {
      const chain = await withHop(await rootOf(), { ...toAgent, claims: { jti: "approve-me" } });
      const id = await asked(chain, "agent");
      await revoke({ kind: "hop", hash: nameOf(chain, 0) });
      return approve(id, "dora");
    },
  ],
  [
    "an event of a transmitter about an issuer that is not its own",
    "may not name",
    async () => {
      const subject = { format: "iss_sub", iss: CAST.gateway, sub: "alice" };
      const claims = {
        iss: "https://signals.acme.example",
        aud: CAST.gateway,
        iat: nowSeconds(),
        jti: crypto.randomUUID(),
        events: { "https://schemas.openid.net/secevent/caep/event-type/session-revoked": { subject } },
      };
      const body = await sign({ alg: "EdDSA", typ: "secevent+jwt", kid: "idp-1" }, claims, await keyNamed("idp"));
      const answer = await fetch(`${world.url}/events`, {
        method: "POST",
        headers: { "content-type": "application/secevent+jwt" },
        body,
      });
      return `${answer.status} ${await answer.text()}`;
    },
  ],
];
