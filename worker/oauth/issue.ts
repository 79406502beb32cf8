/** Signs what was granted: an access token (RFC 9068), or a Txn-Token (draft-ietf-oauth-transaction-tokens). */
import type { Detail } from "../chain/details.ts";
import { partyId } from "../chain/party.ts";
import { issuedAuthority, lineageOfClient } from "../chain/revocation.ts";
import { taskId } from "../chain/task.ts";
import type { Authority } from "../chain/types.ts";
import type { AccessTokenClaims } from "../claims.ts";
import { type NewEntry, type Refused, standingOn } from "../ledger/admission.ts";
import { ACCESS_TOKEN_TYPE, TXN_TOKEN_TYPE } from "../trust/own.ts";
import { OauthError } from "./errors.ts";
import { requireActorsInForce } from "./in-force.ts";
import type { Service } from "./service.ts";
import type { Spending } from "./spend.ts";
import { listUri } from "./status-list.ts";
import { TXN_TOKEN } from "./token-types.ts";

export interface TokenResponse {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: "Bearer" | "DPoP" | "N_A";
  readonly expires_in: number;
  readonly scope: string;
  /** RFC 9396, section 7. */
  readonly authorization_details?: readonly Detail[];
  readonly refresh_token?: string;
}

/** Something that an issued token depends on, and the answer if it is revoked. */
export interface Standing {
  readonly authority: Authority;
  readonly refusal: OauthError;
}

/** The claims, before they are signed. */
export interface Issue {
  readonly claims: AccessTokenClaims;
  /** Lineage of the tokens that it is derived from. */
  readonly standings: readonly Standing[];
  /** Since when the token is in force, in seconds since the epoch, if not from now. */
  readonly issued?: number;
  /** Its record for the ledger. */
  readonly entry?: NewEntry | undefined;
  /** Whether it gets a place in the status list, if that is configured. */
  readonly placed: boolean;
}

/**
 * First, every actor's registration must be in force. Then one call to the task's shard of the ledger spends what the
 * client has presented, checks that nothing that the token names is revoked, and records the token.
 *
 * @returns the claims, with their place in the status list
 * @throws OauthError
 */
export async function admitIssue(
  { claims, standings, issued = claims.iat, entry, placed }: Issue,
  service: Service,
): Promise<AccessTokenClaims> {
  const { core, config, ledger } = service;
  await requireActorsInForce(claims, service);
  const task = { id: taskId(claims.txn, claims.txn_by, core.sha256), began: claims.txn_began };
  const all = [...standings, { authority: { ...issuedAuthority(claims, task.id), issued }, refusal: revoked() }];
  const spending = service.takeSpending();
  const admission = {
    entry,
    standings: all.map(({ authority }) => standingOn(authority)),
    singles: [],
    placeUntil: placed && config.oauth.status_list ? claims.exp : undefined,
  };
  const admitted = await ledger
    .admit(
      task,
      admission,
      spending.map(({ owner, name, expires }) => ({ owner, name, expires })),
    )
    .catch((cause: unknown) => {
      throw new OauthError("temporarily_unavailable", "the ledger cannot be reached", { cause });
    });
  if (!admitted.admitted) throw refusalOf(admitted, all, spending);
  if (admitted.place === undefined) return claims;
  return { ...claims, status: { status_list: { idx: admitted.place, uri: listUri(ledger.shardOf(task), service) } } };
}

/** Nothing is issued if the client, an actor, the subject or the task was revoked. */
function revoked(): OauthError {
  return new OauthError("invalid_grant", "the client, an actor, the subject or the task was revoked");
}

function refusalOf(refused: Refused, standings: readonly Standing[], spending: readonly Spending[]): OauthError {
  const known =
    refused.why === "revoked"
      ? standings[refused.which]
      : refused.why === "replayed" && spending.find(({ name }) => name === refused.name);
  return known ? known.refusal : new OauthError("server_error", "the ledger refused for an unexpected reason");
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
    ...(claims.authorization_details && { authorization_details: claims.authorization_details }),
  };
}

/**
 * @param claims with the trust domain as audience (`chooseTxnTarget`) and the requesting workload as actor
 * @param rctx the context of the client's request
 */
export async function issueTxnToken(
  claims: AccessTokenClaims,
  rctx: Readonly<Record<string, unknown>>,
  { signer, core }: Service,
): Promise<TokenResponse> {
  const { client_id: client, max_hops: _, pth: __, status: ___, ...kept } = claims;
  const { scope, iat, exp } = claims;
  const token = {
    ...kept,
    // It has no `client_id`, and must end with the client.
    lineage: [...new Set([...claims.lineage, lineageOfClient(claims.iss, client, core.sha256)])],
    req_wl: partyId(claims.act),
    tctx: claims.tctx ?? {},
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
