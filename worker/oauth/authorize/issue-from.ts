/** Issues a token from a grant, with the secret for the next one. Writes come last, after every check. */
import { routesOf } from "../../config.ts";
import type { Client } from "../clients.ts";
import { OauthError } from "../errors.ts";
import { chooseExpiry } from "../grant.ts";
import { type Held, turnGrant } from "../grants/keeper.ts";
import { admitIssue, issueAccessToken, type TokenResponse } from "../issue.ts";
import { grantedEntry } from "../record.ts";
import type { Service } from "../service.ts";
import { ACCESS_TOKEN } from "../token-types.ts";
import { claimsOf } from "./claims.ts";

/** @throws OauthError `invalid_grant`, `invalid_target`, `invalid_scope`, `temporarily_unavailable` */
export async function issueFrom(
  held: Held,
  asked: readonly string[],
  client: Client,
  service: Service,
): Promise<TokenResponse> {
  const { config, now } = service;
  const { grant } = held;
  const seconds = Math.floor(now() / 1000);
  const routes = routesOf(grant.resource, config);
  if (routes.length === 0) throw new OauthError("invalid_target", "the resource no longer exists");
  if (grant.jkt === undefined && !routes.some(({ proof }) => proof.includes("bearer")))
    throw new OauthError("invalid_dpop_proof", "the resource does not accept bearer tokens: send a DPoP proof");
  const scopes = client.kind === undefined ? asked.filter((scope) => client.scopes.includes(scope)) : asked;
  if (scopes.length === 0 && asked.length > 0)
    throw new OauthError("invalid_scope", "the client may no longer have any of the scopes");
  const life = { now: seconds, until: grant.expires, began: grant.began };
  const expires = chooseExpiry(client, config, life);
  const claims = claimsOf(grant, { scopes, client, gateway: config.gateway.id, now: seconds, expires });
  // In force since the person gave it, so a revocation since then applies.
  const entry = grantedEntry(claims, held.code === undefined ? "refresh_token" : "authorization_code", service);
  const admitted = await admitIssue({ claims, standings: [], issued: grant.began, entry, placed: true }, service);
  const renews = client.grants.includes("refresh_token") && (config.oauth.sign_in?.lasts ?? 0) > 0;
  const next = await turnGrant(held, { renews, until: renews ? grant.expires : expires }, service);
  const response = await issueAccessToken(admitted, ACCESS_TOKEN, service);
  return { ...response, ...(next !== undefined && { refresh_token: next }) };
}
