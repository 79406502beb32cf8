/** What clients discover: the authorization server (RFC 8414), and each route as a protected resource (RFC 9728). */

import { type Config, type Operation, type Route, resourceOf, staticPath } from "../config.ts";
import { HASH } from "./actor-chain/commitment.ts";
import { PROFILES } from "./actor-chain/profile.ts";
import { AUTH_METHODS, GRANTS } from "./clients.ts";
import { ID_JAG } from "./token-types.ts";

const ALGORITHMS = ["EdDSA", "ES256", "ES384", "RS256", "PS256"];

/** @param origin the one of `gateway.origins` under which the server was asked: its endpoints are told there */
export function serverMetadata({ gateway, routes }: Config, origin: string): object {
  return {
    issuer: gateway.id,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    introspection_endpoint: `${origin}/oauth/introspect`,
    jwks_uri: `${origin}/.well-known/jwks.json`,
    grant_types_supported: GRANTS,
    response_types_supported: [],
    scopes_supported: scopesOf(routes),
    ...detailTypes(routes),
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    introspection_endpoint_auth_methods_supported: AUTH_METHODS,
    introspection_signing_alg_values_supported: ["EdDSA"],
    dpop_signing_alg_values_supported: ALGORITHMS,
    authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"],
    identity_chaining_requested_token_types_supported: [ID_JAG],
    status_list_aggregation_endpoint: `${origin}/oauth/status`,
    actor_chain_bootstrap_endpoint: `${origin}/oauth/actor-chain/bootstrap`,
    actor_chain_profiles_supported: PROFILES,
    actor_chain_commitment_hashes_supported: [HASH],
    actor_chain_receiver_ack_supported: false,
    actor_chain_refresh_supported: false,
    actor_chain_cross_domain_supported: false,
    protected_resources: [...new Set(routes.map((route) => resourceOf(route, gateway.id)))],
  };
}

/** Where a route's metadata is: the path of the route after the well-known one (RFC 9728, section 3.1). */
export function resourceMetadataPath(route: Route): string {
  return `/.well-known/oauth-protected-resource${staticPath(route)}`;
}

export function resourceMetadata(route: Route, { gateway }: Config): object {
  return {
    resource: resourceOf(route, gateway.id),
    authorization_servers: [gateway.id],
    scopes_supported: scopesOf([route]),
    ...detailTypes([route]),
    bearer_methods_supported: ["header"],
    dpop_signing_alg_values_supported: ALGORITHMS,
    dpop_bound_access_tokens_required: !route.proof.includes("bearer"),
    resource_name: route.id,
  };
}

/** RFC 9396, section 10; RFC 9728, section 2. Absent where there are none. */
function detailTypes(routes: readonly Route[]): { readonly authorization_details_types_supported?: string[] } {
  const types = operationsOf(routes).flatMap(({ details }) => (typeof details === "object" ? details.type : []));
  return types.length === 0 ? {} : { authorization_details_types_supported: [...new Set(types)].sort() };
}

function scopesOf(routes: readonly Route[]): string[] {
  return [...new Set(operationsOf(routes).flatMap(({ scopes }) => scopes))].sort();
}

function operationsOf(routes: readonly Route[]): Operation[] {
  return routes.flatMap(({ methods, tools = {}, requests }) =>
    [methods, tools, requests].flatMap((each): Operation[] => Object.values(each)),
  );
}
