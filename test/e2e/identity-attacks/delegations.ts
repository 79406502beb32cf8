/** Tokens of an exchange, delegated on. */
import { decodeJwt } from "jose";
import { expect } from "vitest";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { nameOf, toService } from "../chains.ts";
import { nowSeconds } from "../harness.ts";
import { grantedBy, personToken, TYPE } from "../oauth.ts";
import { agentChain, ask, asking, bearer, exchangeForm, PARTNER, type Row, said, send, withHop } from "./given.ts";

export const delegations: Row[] = [
  [
    "a told name laundered by an exchange",
    "actor_unproven",
    async () => {
      const aud = ["acme.example", CAST.gateway];
      const chain = await withHop(await agentChain({ aud }, { claims: { aud } }), {
        ...toService,
        key: "mallory",
        claims: { aud },
      });
      const { access_token: token } = await grantedBy(
        await asking("billing", "mallory", exchangeForm(chain, { subject_token_type: TYPE.chain })),
      );
      return send(token, "mallory");
    },
  ],
  [
    "another task for an exchanged token",
    "task_changed",
    async () => {
      const { access_token: token } = await grantedBy(
        await asking("support-agent", "agent", exchangeForm(await personToken())),
      );
      const jwk = (await keyNamed("agent")).jwk;
      const hop = { ...toService, claims: { txn: "another", exp: nowSeconds() + 60 }, header: { jwk } };
      return send(await withHop(token, hop), "service");
    },
  ],
  [
    "a hop by another key than the token names",
    "thumbprint_mismatch",
    async () => {
      const { access_token: token } = await grantedBy(
        await asking("support-agent", "agent", exchangeForm(await personToken())),
      );
      const jwk = (await keyNamed("mallory")).jwk;
      return send(await withHop(token, { ...toService, by: "mallory", header: { jwk } }), "service");
    },
  ],
  [
    "an exchanged token in the hands of another",
    "proof_key_mismatch",
    async () => {
      const { access_token: token } = await grantedBy(
        await asking("support-agent", "agent", exchangeForm(await personToken())),
      );
      return send(token, "mallory");
    },
  ],
  [
    "an exchanged token without a proof",
    "proof_missing",
    async () => {
      const { access_token: token } = await grantedBy(
        await asking("support-agent", "agent", exchangeForm(await personToken())),
      );
      return bearer(token);
    },
  ],
  [
    "a partner's token whose audience is what our provider calls the client",
    "does not name this client",
    async () => {
      const options = { header: { kid: "partner-1" }, signedBy: "partner-idp" };
      const claims = { iss: PARTNER, client_id: "somebody", aud: "support-agent" };
      return said(await ask("support-agent", exchangeForm(await personToken(claims, options))));
    },
  ],
  [
    "everything that is lost in a grant after an exchange after a chain",
    "kept",
    async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const details = [{ type: "refund", amount: 5 }];
      const aud = ["acme.example", CAST.gateway];
      const authorization_details = details;
      const chain = await withHop(
        await agentChain({ aud, txn, authorization_details }, { claims: { aud, authorization_details } }),
        { ...toService, claims: { aud, authorization_details } },
      );
      const began = decodeJwt(chain.split("~")[0] as string).iat;
      const first = await grantedBy(
        await asking(
          "billing",
          "service",
          exchangeForm(chain, { subject_token_type: TYPE.chain, audience: CAST.gateway }),
        ),
      );
      const second = await grantedBy(
        await asking("billing", "service", exchangeForm(first.access_token, { requested_token_type: TYPE.txn })),
      );
      const claims = decodeJwt(second.access_token);
      expect(claims).toMatchObject({
        sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
        txn,
        txn_by: { iss: CAST.issuer, sub: CAST.issuer },
        txn_began: began,
        purpose_by: { iss: CAST.issuer, sub: CAST.issuer },
        authorization_details: details,
        act_proof: ["registered", "registered", "registered", "registered"],
      });
      for (const k of [0, 1, 2]) expect(claims["lineage"]).toContain(nameOf(chain, k));
      return "kept";
    },
  ],
];
