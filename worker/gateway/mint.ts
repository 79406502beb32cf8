/** Stage 4: a token for one audience, signed by the gateway, with the chain as `act` (RFC 8693). */
import { callerOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import { provenanceClaims } from "../chain/provenance.ts";
import { HopError } from "../errors.ts";
import { NARROWED_TYPE, TXN_TOKEN_TYPE } from "../trust/own.ts";
import type { Decision, Minted, NarrowedClaims } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { narrow } from "./narrow.ts";

type Minting = Pick<Gateway, "config" | "core" | "signer" | "now">;

/** @throws HopError `signing_unavailable`, `lifetime_exhausted` */
export async function mint(decision: Decision, { config, core, signer, now }: Minting): Promise<Minted> {
  const { chain } = decision;
  const evidence = { chain, decision };
  if (signer === undefined) throw new HopError("signing_unavailable", { evidence });
  const issued = Math.floor(now() / 1000);
  const { audience, scopes, expires } = narrow(decision, issued);
  if (expires <= issued) throw new HopError("lifetime_exhausted", { evidence });

  const claims: NarrowedClaims = {
    ...provenanceClaims({ facts: chain, actors: chain.actors, issuer: config.gateway.id, sha256: core.sha256 }),
    aud: audience,
    client_id: partyId(callerOf(chain)),
    scope: scopes.join(" "),
    iat: issued,
    nbf: issued,
    exp: expires,
    jti: crypto.randomUUID(),
    pth: chain.hash,
    decision: chain.presentation.id,
  };
  const token = await signer.sign(NARROWED_TYPE, claims);
  const txnToken = chain.presentation.route.txn_token
    ? await signer.sign(TXN_TOKEN_TYPE, txnClaims(decision, claims, config.gateway.trust_domain))
    : undefined;
  return { decision, claims, token, txnToken };
}

/** For propagation inside the trust domain (draft-ietf-oauth-transaction-tokens). */
function txnClaims({ chain }: Decision, minted: NarrowedClaims, trustDomain: string): object {
  const { aud: _, client_id: caller, nbf: __, pth: ___, decision: ____, ...claims } = minted;
  const { request, method, url } = chain.presentation;
  const ip = request.headers.get("cf-connecting-ip");
  return {
    ...claims,
    aud: trustDomain,
    req_wl: caller,
    jti: crypto.randomUUID(),
    tctx: claims.tctx ?? {},
    rctx: { ...(ip !== null && { req_ip: ip }), method, path: url.pathname },
  };
}
