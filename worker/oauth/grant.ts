/** The claims of an issued token: the narrowest of client, request and what the token is derived from. Pure. */
import type { Config } from "../config.ts";
import type { Client } from "./clients.ts";
import { OauthError } from "./errors.ts";
import type { Parameters } from "./parameters.ts";
import { isTarget } from "./service.ts";

/**
 * The requested audience, exactly one (RFC 8693, section 2.1; RFC 8707).
 *
 * @param named the audience in what the request presents, used if the request names none
 * @throws OauthError `invalid_target`
 */
export function chooseTarget(parameters: Parameters, client: Client, config: Config, named?: string): string {
  const [audience, resource] = [parameters.get("audience"), parameters.get("resource")];
  if (audience !== undefined && resource !== undefined && audience !== resource) {
    throw new OauthError("invalid_target", "a token has one audience: `audience` and `resource` differ");
  }
  const target = audience ?? resource ?? named ?? (client.audiences.length === 1 ? client.audiences[0] : undefined);
  if (target === undefined)
    throw new OauthError("invalid_target", "`audience` or `resource` is missing: what is the token for");
  if (!isTarget(target, config) || !client.audiences.includes(target)) {
    throw new OauthError("invalid_target", "the client may not ask for a token for this target");
  }
  return target;
}

/**
 * A Txn-Token is for the trust domain, which a standard request names as `audience` (draft-ietf-oauth-transaction-tokens-10, "Txn-Token
 * Request"), or a target for which the client may ask for a token. A client that may not ask for any token may not ask
 * for this one either.
 *
 * @throws OauthError `invalid_target`
 */
export function chooseTxnTarget(parameters: Parameters, client: Client, config: Config): string {
  const { trust_domain: domain } = config.gateway;
  const isForDomain = parameters.get("audience") === domain && parameters.get("resource") === undefined;
  if (!isForDomain || client.audiences.length === 0) chooseTarget(parameters, client, config);
  return domain;
}

/**
 * @param available scopes of the token that this one is derived from; undefined for a root
 * @throws OauthError `invalid_scope` if a scope is requested that is not available, or nothing is left
 */
export function chooseScopes(
  parameters: Parameters,
  client: Client,
  available: readonly string[] | undefined,
): string[] {
  const ceiling = client.scopes.filter((scope) => available?.includes(scope) ?? true);
  const asked = parameters
    .get("scope")
    ?.split(" ")
    .filter((scope) => scope !== "");
  const excess = asked?.find((scope) => !ceiling.includes(scope));
  if (excess !== undefined)
    throw new OauthError("invalid_scope", "the request has a scope that the client or the token does not have");
  const scopes = [...new Set(asked ?? ceiling)];
  if (scopes.length === 0) throw new OauthError("invalid_scope", "client and token have no scope in common");
  return scopes;
}

export interface Life {
  /** All in seconds since the epoch. */
  readonly now: number;
  /** The end of what the token is derived from; undefined for a root. */
  readonly until: number | undefined;
  /** When the task began. */
  readonly began: number;
}

/** When the token expires. @throws OauthError `invalid_request` if nothing is left */
export function chooseExpiry(
  { max_ttl, max_task_seconds }: Client,
  config: Config,
  { now, until, began }: Life,
): number {
  const expires = Math.min(
    now + Math.min(max_ttl, config.oauth.ttl),
    until ?? Number.POSITIVE_INFINITY,
    began + (max_task_seconds ?? Number.POSITIVE_INFINITY),
  );
  if (expires <= now) throw new OauthError("invalid_request", "the token or its task has no time left");
  return expires;
}
