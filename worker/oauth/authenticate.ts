/**
 * Authenticates the client (RFC 6749, section 2.3; RFC 7523, section 3; RFC 8705, section 2.2;
 * draft-ietf-oauth-spiffe-client-auth). Each client has one method, the one that it is registered with.
 */

import { isInForce } from "../chain/names/workload.ts";
import { certificateThumbprint } from "../http/client-certificate.ts";
import { type Asserted, unverifiedSubject, verifyAssertion, verifySvid } from "./assertion.ts";
import { type Client, hashSecret } from "./clients.ts";
import { DocumentRefused } from "./document-refused.ts";
import { notAuthenticated, OauthError } from "./errors.ts";
import { fromRegistry } from "./from-registry.ts";
import type { Parameters } from "./parameters.ts";
import type { Service } from "./service.ts";

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT_SPIFFE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

/** The credential in the request; nothing in it is verified. */
type Offer =
  | {
      readonly method: "client_secret_basic" | "client_secret_post";
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: "private_key_jwt" | "spiffe_jwt"; readonly clientId: string; readonly assertion: string }
  | { readonly method: "self_signed_tls_client_auth"; readonly clientId: string; readonly certificate: string }
  | { readonly method: "none"; readonly clientId: string };

export interface Authenticated {
  readonly client: Client;
  /** RFC 7638 thumbprint of the key that the credential is bound to: the request must prove possession of it. */
  readonly boundTo: string | undefined;
}

/**
 * The client of a request without a proof of possession; a credential that is bound to a key is not accepted.
 *
 * @throws OauthError as `authenticateBound`
 */
export async function authenticate(request: Request, parameters: Parameters, service: Service): Promise<Client> {
  const client = await identify(request, parameters, service);
  if (client.auth_method === "none") throw notAuthenticated();
  return client;
}

/** The same, or a public client, which only states its id: for requests that its token alone authorizes. */
export async function identify(request: Request, parameters: Parameters, service: Service): Promise<Client> {
  const { client, boundTo } = await authenticateBound(request, parameters, service);
  if (boundTo !== undefined) throw notAuthenticated();
  return client;
}

/**
 * Accepts public clients too. @throws OauthError `invalid_client`; `invalid_request` if two methods are used at once
 */
export async function authenticateBound(
  request: Request,
  parameters: Parameters,
  service: Service,
): Promise<Authenticated> {
  const offer = readOffer(request, parameters);
  const client = await service.findClient(offer.clientId).catch((cause: unknown) => {
    if (cause instanceof DocumentRefused) throw notAuthenticated(cause);
    throw new OauthError("temporarily_unavailable", "the clients cannot be read now", { cause });
  });
  // One answer for every error, so that strangers do not learn which clients exist.
  if (client === undefined || client.auth_method !== offer.method || !isInForce(client, service.now()))
    throw notAuthenticated();
  const held = await prove(offer, client, service);
  if (held === undefined || (await isBarred(client, service))) throw notAuthenticated();
  return { client, boundTo: held.thumbprint };
}

/** Whether the registry has disabled the client's name: what stops a workload in chains also stops it here. */
async function isBarred({ actor }: Client, { names }: Service): Promise<boolean> {
  const { proof } = await fromRegistry(names.prove({ name: actor, thumbprint: undefined }));
  return proof === "refused";
}

/** The scheme that the client used in `Authorization`, for the challenge. */
export function authorizationScheme(request: Request): string | undefined {
  return request.headers.has("authorization") ? "Basic" : undefined;
}

function readOffer(request: Request, parameters: Parameters): Offer {
  const authorization = request.headers.get("authorization");
  const [secret, assertion] = [parameters.get("client_secret"), parameters.get("client_assertion")];
  if ([authorization ?? undefined, secret, assertion].filter((each) => each !== undefined).length > 1) {
    throw new OauthError("invalid_request", "the client authenticates in more than one way");
  }
  const clientId = parameters.get("client_id");
  if (authorization !== null) return readBasic(authorization, clientId);
  if (assertion !== undefined) return readAssertion(assertion, parameters);
  if (clientId === undefined) throw notAuthenticated();
  if (secret !== undefined) return { method: "client_secret_post", clientId, secret };
  const certificate = certificateThumbprint(request);
  if (certificate === undefined) return { method: "none", clientId };
  return { method: "self_signed_tls_client_auth", clientId, certificate };
}

/** Both halves are form-encoded before they are joined (RFC 6749, section 2.3.1). */
function readBasic(authorization: string, named: string | undefined): Offer {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  if (encoded === undefined) throw notAuthenticated();
  try {
    const [user, password] = splitOnce(atob(encoded), ":").map((half) =>
      decodeURIComponent(half.replaceAll("+", " ")),
    ) as [string, string];
    if (named !== undefined && named !== user) throw notAuthenticated();
    return { method: "client_secret_basic", clientId: user, secret: password };
  } catch (cause) {
    throw notAuthenticated(cause);
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  if (at < 0) throw notAuthenticated();
  return [text.slice(0, at), text.slice(at + 1)];
}

function readAssertion(assertion: string, parameters: Parameters): Offer {
  const type = parameters.need("client_assertion_type");
  const method = type === JWT_BEARER ? "private_key_jwt" : type === JWT_SPIFFE ? "spiffe_jwt" : undefined;
  if (method === undefined) throw new OauthError("invalid_request", "`client_assertion_type` is not supported");
  const named = parameters.get("client_id");
  const sub = unverifiedSubject(assertion);
  if (typeof sub !== "string" || (method === "private_key_jwt" && named !== undefined && named !== sub))
    throw notAuthenticated();
  return { method, clientId: named ?? sub, assertion };
}

/** Verifies the credential by the client's registered method; undefined if it is not valid. */
async function prove(offer: Offer, client: Client, service: Service): Promise<Asserted | undefined> {
  const unbound = (holds: boolean): Asserted | undefined => (holds ? { thumbprint: undefined } : undefined);
  switch (offer.method) {
    case "client_secret_basic":
    case "client_secret_post":
      return unbound((client.secret_hashes ?? []).includes(hashSecret(offer.secret, service.core.sha256)));
    case "none":
      return unbound(true);
    case "self_signed_tls_client_auth":
      return unbound(offer.certificate === client.certificate);
    case "private_key_jwt":
      return verifyAssertion(offer.assertion, client, service);
    case "spiffe_jwt":
      return verifySvid(offer.assertion, client, service);
  }
}
