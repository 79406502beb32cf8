/** Signs what was granted: an access token (RFC 9068), or a Txn-Token (draft-ietf-oauth-transaction-tokens). */
import { partyId } from "../chain/party.ts";
import { issuedAuthority, lineageOfClient } from "../chain/revocation.ts";
import { taskId } from "../chain/task.ts";
import type { Authority } from "../chain/types.ts";
import { ACCESS_TOKEN_TYPE, TXN_TOKEN_TYPE } from "../trust/own.ts";
import type { AccessTokenClaims } from "../types.ts";
import { OauthError } from "./errors.ts";
import type { Service } from "./service.ts";
import { TXN_TOKEN } from "./token-types.ts";

export interface TokenResponse {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: "Bearer" | "DPoP" | "N_A";
  readonly expires_in: number;
  readonly scope: string;
}

/** What the token that is about to be issued would stand on. */
export function authorityToIssue(claims: AccessTokenClaims, { core }: Pick<Service, "core">): Authority {
  return issuedAuthority(claims, taskId(claims.txn, claims.txn_by, core.sha256));
}

/**
 * Who or what was revoked gets nothing new: no client, actor, subject or task that a token would name.
 *
 * @param issued since when it stands, in seconds since the epoch: what was revoked until later ends it
 * @throws OauthError `invalid_grant`; `temporarily_unavailable` where that cannot be known
 */
export async function requireUnrevoked(
  claims: AccessTokenClaims,
  service: Service,
  issued: number = claims.iat,
): Promise<void> {
  const revoked = await service.isRevoked({ ...authorityToIssue(claims, service), issued }).catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the revocation store cannot be reached", { cause });
  });
  if (revoked) {
    throw new OauthError("invalid_grant", "the client, an actor, the subject or the task was revoked");
  }
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
    access_token: await signer.sign(ACCESS_TOKEN_TYPE, claims),
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
  { signer, config, core }: Service,
): Promise<TokenResponse> {
  const { client_id: client, max_hops: _, pth: __, status: ___, ...kept } = claims;
  const { scope, iat, exp } = claims;
  // What the client says of the request is not who states the purpose: that comes from the chain alone.
  const { purpose: ____, ...details } = tctx;
  const token = {
    ...kept,
    aud: config.gateway.trust_domain,
    // It has no `client_id`, and must end with the client.
    lineage: [...new Set([...claims.lineage, lineageOfClient(claims.iss, client, core.sha256)])],
    req_wl: partyId(claims.act),
    tctx: { ...details, ...claims.tctx },
    rctx,
  };
  return {
    access_token: await signer.sign(TXN_TOKEN_TYPE, token),
    issued_token_type: TXN_TOKEN,
    token_type: "N_A",
    expires_in: exp - iat,
    scope,
  };
}
