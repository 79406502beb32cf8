/** Stage 5: a token for one audience, signed by the gateway, with the chain as `act` (RFC 8693). */

import type { NarrowedClaims } from "../claims.ts";
import { HopError } from "../errors.ts";
import { NARROWED_TYPE, TXN_TOKEN_TYPE } from "../trust/own.ts";
import type { AdmittedRequest, Decision, Minted } from "../types.ts";
import type { Gateway } from "./gateway.ts";

/** @throws HopError `signing_unavailable` */
export async function mint(
  { decision, claims }: AdmittedRequest,
  { config, signer }: Pick<Gateway, "config" | "signer">,
): Promise<Minted> {
  const { chain } = decision;
  if (signer === undefined)
    throw new HopError("signing_unavailable", { evidence: { chain, decision, admitted: true } });
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
