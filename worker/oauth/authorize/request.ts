/**
 * An authorization request: `GET /oauth/authorize` (RFC 6749, section 4.1.1; RFC 7636; RFC 8707). Client and redirect
 * URI are checked first; only later errors may be sent there.
 */

import { isInForce } from "../../chain/names/workload.ts";
import { type Config, type Route, resourceOf, routesOf } from "../../config.ts";
import { originOf } from "../../http/origins.ts";
import type { Client } from "../clients.ts";
import { refuseDetails } from "../details.ts";
import { DocumentRefused } from "../document-refused.ts";
import { OauthError } from "../errors.ts";
import type { Parameters } from "../parameters.ts";
import { isRedirectOf } from "../redirect-uri.ts";
import { basicScopes, scopesOf } from "../scopes.ts";
import type { Service } from "../service.ts";

/** A client, and the one of its redirect URIs that the answer goes to. */
export interface Asker {
  readonly client: Client;
  readonly redirectUri: string;
  readonly state: string | undefined;
}

export interface AuthorizationRequest extends Asker {
  /** S256 of the verifier. */
  readonly challenge: string;
  /** Thumbprint of the key that must redeem the code (RFC 9449, section 10). */
  readonly jkt: string | undefined;
  /** The URL of the route, and its configuration. */
  readonly resource: string;
  readonly route: Route;
  readonly scopes: readonly string[];
}

/** @throws OauthError for the person, never for the client, whose identity is not known yet */
export async function readAsker(parameters: Parameters, service: Service): Promise<Asker> {
  const clientId = parameters.need("client_id");
  const client = await service.findClient(clientId).catch((cause: unknown) => {
    if (cause instanceof DocumentRefused) throw new OauthError("invalid_client", cause.message, { cause });
    throw new OauthError("temporarily_unavailable", "the client's registration or document cannot be read now", {
      cause,
    });
  });
  if (client === undefined || !isInForce(client, service.now()) || !client.grants.includes("authorization_code"))
    throw new OauthError("invalid_client", "the client is unknown");
  const redirectUri = parameters.need("redirect_uri");
  if (!isRedirectOf(redirectUri, client.redirect_uris))
    throw new OauthError("invalid_request", "`redirect_uri` is not registered for the client");
  return { client, redirectUri, state: parameters.get("state") };
}

/** @throws OauthError that may be sent to the client */
export function readRequest(parameters: Parameters, asker: Asker, config: Config): AuthorizationRequest {
  if (parameters.need("response_type") !== "code")
    throw new OauthError("unsupported_response_type", "`response_type` must be `code`");
  if ((parameters.get("response_mode") ?? "query") !== "query")
    throw new OauthError("invalid_request", "`response_mode` must be `query`");
  if (["request", "request_uri"].some((name) => parameters.get(name) !== undefined))
    throw new OauthError("invalid_request", "request objects (JWT) are not supported");
  refuseDetails(parameters);
  const { resource, route } = readResource(parameters, asker.client, config);
  return {
    ...asker,
    challenge: readChallenge(parameters),
    jkt: readThumbprint(parameters),
    resource,
    route,
    scopes: readScopes(parameters, asker.client, route),
  };
}

/** Without PKCE, or with `plain`, anyone who intercepts a code could use it (RFC 9700, section 2.1.1). */
function readChallenge(parameters: Parameters): string {
  const challenge = parameters.need("code_challenge");
  if (parameters.get("code_challenge_method") !== "S256")
    throw new OauthError("invalid_request", "`code_challenge_method` must be `S256`");
  if (!/^[\w-]{43}$/.test(challenge)) throw new OauthError("invalid_request", "`code_challenge` is not a SHA-256 hash");
  return challenge;
}

function readThumbprint(parameters: Parameters): string | undefined {
  const jkt = parameters.get("dpop_jkt");
  if (jkt !== undefined && !/^[\w-]{43}$/.test(jkt))
    throw new OauthError("invalid_request", "`dpop_jkt` is not a thumbprint");
  return jkt;
}

/** The URL of an MCP route; scheme and host are compared without case. */
function readResource(parameters: Parameters, client: Client, config: Config): { resource: string; route: Route } {
  const asked = parameters.get("resource");
  const resource = asked === undefined ? undefined : plainUrl(asked);
  const origin = resource && originOf(new URL(resource), config.gateway.origins);
  if (resource === undefined || origin === undefined)
    throw new OauthError("invalid_target", "`resource` must be the URL of an MCP server at this gateway");
  const route = routesOf(resource, config).find((each) => each.tools && resourceOf(each, origin) === resource);
  if (route === undefined) throw new OauthError("invalid_target", "`resource` is not an MCP server at this gateway");
  const isOffered = client.kind !== undefined || client.audiences.includes(resource);
  if (!isOffered) throw new OauthError("invalid_target", "the client may not ask for this resource");
  return { resource, route };
}

function plainUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, pathname, search, hash, username, password } = new URL(text);
  const isPlain = search === "" && hash === "" && username === "" && password === "" && !/[?#]/.test(text);
  return isPlain ? origin + (pathname === "/" ? "" : pathname) : undefined;
}

function readScopes(parameters: Parameters, client: Client, route: Route): string[] {
  const known = scopesOf([route]);
  const ceiling = client.kind === undefined ? known.filter((scope) => client.scopes.includes(scope)) : known;
  const asked = parameters
    .get("scope")
    ?.split(" ")
    .filter((scope) => scope !== "");
  if (asked?.some((scope) => !ceiling.includes(scope)))
    throw new OauthError(
      "invalid_scope",
      "the request has a scope that the resource does not know or the client may not have",
    );
  return [...new Set(asked ?? basicScopes([route]).filter((scope) => ceiling.includes(scope)))];
}
