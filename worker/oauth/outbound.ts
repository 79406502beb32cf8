/**
 * Grants for other domains (draft-ietf-oauth-identity-chaining, draft-ietf-oauth-identity-assertion-authz-grant): what
 * the client presents to the authorization server there. It names subject and actors; the token that it is derived from
 * stays here.
 */
import { isReserved } from "../chain/task.ts";
import type { AccessTokenClaims } from "../claims.ts";
import type { Client } from "./clients.ts";
import { OauthError } from "./errors.ts";
import type { TokenResponse } from "./issue.ts";
import type { Parameters } from "./parameters.ts";
import type { Service } from "./service.ts";
import { ID_JAG } from "./token-types.ts";

export const GRANT_TYPE = "oauth-id-jag+jwt";
/** Longest life of a grant, in seconds: it is presented once, immediately. */
const LIFE = 120;

/**
 * The authorization server that the grant is for, at which the client is registered. @throws OauthError
 * `invalid_target`
 */
export function chooseDomain(
  parameters: Parameters,
  client: Client,
): { readonly server: string; readonly clientId: string } {
  const server = parameters.need("audience");
  const clientId = Object.hasOwn(client.domains, server) ? client.domains[server] : undefined;
  if (clientId === undefined)
    throw new OauthError("invalid_target", "the client may not get grants for this authorization server");
  return { server, clientId };
}

/**
 * If a key made the proof, the grant names it, so that the other side asks for the same key (section "Proof of possession").
 *
 * @param claims those of an access token for that server. @throws OauthError
 */
export async function issueGrant(
  claims: AccessTokenClaims,
  clientId: string,
  parameters: Parameters,
  { signer }: Service,
): Promise<TokenResponse> {
  const { max_hops: _, pth: __, status: ___, ...kept } = claims;
  const { iat, scope } = claims;
  const exp = Math.min(claims.exp, iat + LIFE);
  const resource = parameters.get("resource");
  // A task without a name is called by the hash of its root there, because its name here is reserved for this gateway.
  const txn = isReserved(claims.txn) ? claims.txn.slice(claims.txn.indexOf(":") + 1) : claims.txn;
  const grant = { ...kept, txn, client_id: clientId, exp, ...(resource && { resource }) };
  return {
    access_token: await signer.sign(GRANT_TYPE, grant),
    issued_token_type: ID_JAG,
    token_type: "N_A",
    expires_in: exp - iat,
    scope,
  };
}
