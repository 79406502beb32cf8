/**
 * A new token for what a person has allowed: grant type `refresh_token` (RFC 6749, section 6). Each refresh token is
 * single use (RFC 9700, section 4.14).
 */

import { refuseRequestDetails } from "../contexts.ts";
import { refuseDetails } from "../details.ts";
import { OauthError } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import { findGrant } from "../grants/keeper.ts";
import type { TokenResponse } from "../issue.ts";
import type { Service } from "../service.ts";
import { issueFrom } from "./issue-from.ts";

/** @throws OauthError `invalid_request`, `invalid_authorization_details`, `invalid_grant`, `invalid_dpop_proof`, `invalid_target`, `invalid_scope`, `temporarily_unavailable` */
export async function refresh({ client, parameters, binding }: Exchange, service: Service): Promise<TokenResponse> {
  refuseRequestDetails(parameters);
  refuseDetails(parameters);
  const held = await findGrant(parameters.need("refresh_token"), "refresh", service);
  const { grant } = held;
  if (client.client_id !== grant.client.id)
    throw new OauthError("invalid_grant", "the code or the refresh token is not valid, or no longer");
  if (binding !== grant.jkt)
    throw new OauthError("invalid_dpop_proof", "the refresh token was issued for another key, or for none");
  if ((parameters.get("resource") ?? grant.resource) !== grant.resource)
    throw new OauthError("invalid_target", "the refresh token is for another resource");
  const asked = parameters
    .get("scope")
    ?.split(" ")
    .filter((scope) => scope !== "");
  // Scopes outside the consent are never added (RFC 6749, section 6).
  if (asked?.some((scope) => !grant.scopes.includes(scope)))
    throw new OauthError("invalid_scope", "the request has a scope that the person did not allow");
  return issueFrom(held, asked ?? grant.scopes, client, service);
}
