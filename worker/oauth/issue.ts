/** Signs what was granted: an access token (RFC 9068), or a Txn-Token (draft-ietf-oauth-transaction-tokens). */
import type { AccessTokenClaims } from "../types.ts";
import type { Service } from "./service.ts";
import { TXN_TOKEN } from "./token-types.ts";

export interface TokenResponse {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: "Bearer" | "DPoP" | "N_A";
  readonly expires_in: number;
  readonly scope: string;
}

/** A Txn-Token's contexts, as the client gave them (`request_context`, `request_details`). */
export interface TxnContexts {
  readonly rctx: Readonly<Record<string, unknown>>;
  readonly tctx: Readonly<Record<string, unknown>>;
}

export async function issueAccessToken(
  claims: AccessTokenClaims,
  type: string,
  { signer }: Service,
): Promise<TokenResponse> {
  return {
    access_token: await signer.sign("at+jwt", claims),
    issued_token_type: type,
    token_type: claims.cnf === undefined ? "Bearer" : "DPoP",
    expires_in: claims.exp - claims.iat,
    scope: claims.scope,
  };
}

/** For the trust domain alone: no audience of its own, and the actor as requesting workload. */
export async function issueTxnToken(
  claims: AccessTokenClaims,
  { rctx, tctx }: TxnContexts,
  { signer, config }: Service,
): Promise<TokenResponse> {
  const { iss, sub, scope, iat, exp, jti, txn, act, cnf, lineage } = claims;
  const token = {
    iss,
    aud: config.gateway.trust_domain,
    sub,
    scope,
    iat,
    exp,
    jti,
    txn,
    req_wl: act?.sub ?? claims.client_id,
    act,
    ...(cnf && { cnf }),
    lineage,
    tctx: { ...tctx, ...claims.tctx },
    rctx,
  };
  return {
    access_token: await signer.sign("txntoken+jwt", token),
    issued_token_type: TXN_TOKEN,
    token_type: "N_A",
    expires_in: exp - iat,
    scope,
  };
}
