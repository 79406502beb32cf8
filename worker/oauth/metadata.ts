/** Metadata for clients: the authorization server (RFC 8414), and each route as a protected resource (RFC 9728). */

import { type Config, hasHost, type Operation, type Route, resourceOf, routesAt, staticPath } from "../config.ts";
import { PROOF_ALGORITHMS } from "../proof/jws.ts";
import { HASH } from "./actor-chain/commitment.ts";
import { PROFILES } from "./actor-chain/profile.ts";
import { AUTH_METHODS, offeredGrants } from "./clients.ts";
import { basicScopes, scopesOf } from "./scopes.ts";
import { ID_JAG } from "./token-types.ts";

/** @param origin the one of `gateway.origins` that the request was sent to, for the URLs of the endpoints */
export function serverMetadata(config: Config, origin: string): object {
  const { gateway, routes, oauth } = config;
  const reached = routes.filter((route) => hasHost(route, new URL(origin).hostname));
  const proving = AUTH_METHODS.filter((method) => method !== "none");
  return {
    issuer: gateway.id,
    ...(oauth.sign_in && frontDoor(origin, oauth.sign_in)),
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    introspection_endpoint: `${origin}/oauth/introspect`,
    jwks_uri: `${origin}/.well-known/jwks.json`,
    grant_types_supported: offeredGrants(config),
    response_types_supported: oauth.sign_in ? ["code"] : [],
    scopes_supported: scopesOf(routes),
    ...detailTypes(routes),
    token_endpoint_auth_methods_supported: oauth.sign_in ? AUTH_METHODS : proving,
    token_endpoint_auth_signing_alg_values_supported: PROOF_ALGORITHMS,
    revocation_endpoint_auth_methods_supported: oauth.sign_in ? AUTH_METHODS : proving,
    introspection_endpoint_auth_methods_supported: proving,
    introspection_signing_alg_values_supported: ["EdDSA"],
    dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
    authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"],
    identity_chaining_requested_token_types_supported: [ID_JAG],
    status_list_aggregation_endpoint: `${origin}/oauth/status`,
    actor_chain_bootstrap_endpoint: `${origin}/oauth/actor-chain/bootstrap`,
    actor_chain_profiles_supported: PROFILES,
    actor_chain_commitment_hashes_supported: [HASH],
    actor_chain_receiver_ack_supported: false,
    actor_chain_refresh_supported: false,
    actor_chain_cross_domain_supported: false,
    protected_resources: [...new Set(reached.map((route) => resourceOf(route, origin)))],
  };
}

/**
 * Metadata for clients that send people here (RFC 8414; RFC 7636; RFC 9207;
 * draft-ietf-oauth-client-id-metadata-document).
 */
function frontDoor(origin: string, signIn: NonNullable<Config["oauth"]["sign_in"]>): object {
  return {
    authorization_endpoint: `${origin}/oauth/authorize`,
    response_modes_supported: ["query"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: signIn.client_hosts.length > 0,
    ...(signIn.registrations > 0 && { registration_endpoint: `${origin}/oauth/register` }),
  };
}

/** Prefix of the metadata of protected resources; their paths follow (RFC 9728, section 3.1). */
export const RESOURCE_METADATA = "/.well-known/oauth-protected-resource";

export function resourceMetadataPath(route: Route): string {
  return RESOURCE_METADATA + staticPath(route);
}

/**
 * The metadata of a protected resource, for this host and path only (RFC 9728, section 3.3).
 *
 * @param origin the one of `gateway.origins` that the request was sent to
 * @param path of the resource
 * @returns undefined if there is no route
 */
export function resourceMetadata(origin: string, path: string, config: Config): object | undefined {
  const routes = routesAt(origin, path, config);
  const [first] = routes;
  if (first === undefined) return undefined;
  return {
    resource: resourceOf(first, origin),
    authorization_servers: [config.gateway.id],
    scopes_supported: basicScopes(routes),
    ...detailTypes(routes),
    bearer_methods_supported: ["header"],
    dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
    dpop_bound_access_tokens_required: routes.every((route) => !route.proof.includes("bearer")),
    resource_name: first.id,
  };
}

/** RFC 9396, section 10; RFC 9728, section 2. Absent if there are none. */
function detailTypes(routes: readonly Route[]): { readonly authorization_details_types_supported?: string[] } {
  const types = operationsOf(routes).flatMap(({ details }) => (typeof details === "object" ? details.type : []));
  return types.length === 0 ? {} : { authorization_details_types_supported: [...new Set(types)].sort() };
}

function operationsOf(routes: readonly Route[]): Operation[] {
  return routes.flatMap(({ methods, tools = {}, requests }) =>
    [methods, tools, requests].flatMap((each): Operation[] => Object.values(each)),
  );
}
