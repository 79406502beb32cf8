/**
 * Who the client is (RFC 6749, section 2.3; RFC 7523, section 3; RFC 8705, section 2.2;
 * draft-ietf-oauth-spiffe-client-auth). One method a client, the one that it is registered with.
 */
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { judgeChain } from "../chain/judge.ts";
import { HopError } from "../errors.ts";
import { certificateThumbprint } from "../http/client-certificate.ts";
import { PROOF_ALGORITHMS } from "../proof/proof.ts";
import { failureOf } from "../rules.ts";
import { type Client, hashSecret, isActive } from "./clients.ts";
import { OauthError } from "./errors.ts";
import type { Parameters } from "./parameters.ts";
import type { Service } from "./service.ts";
import { spendOnce } from "./spend.ts";

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT_SPIFFE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";
/** Longest life of an assertion, in seconds. */
const MAX_ASSERTION = 600;

/** What the request offers; nothing in it is verified. */
type Offer =
  | {
      readonly method: "client_secret_basic" | "client_secret_post";
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: "private_key_jwt" | "spiffe_jwt"; readonly clientId: string; readonly assertion: string }
  | { readonly method: "self_signed_tls_client_auth"; readonly clientId: string; readonly certificate: string };

/** @throws OauthError `invalid_client`; `invalid_request` where two methods are used at once */
export async function authenticate(request: Request, parameters: Parameters, service: Service): Promise<Client> {
  const offer = readOffer(request, parameters);
  const client = await service.findClient(offer.clientId).catch((cause: unknown) => {
    throw new OauthError("temporarily_unavailable", "the clients cannot be read at present", { cause });
  });
  // One answer for all that may be wrong: it tells nobody which clients there are.
  if (client === undefined || client.auth_method !== offer.method || !isActive(client, service.now())) throw refused();
  if (!(await holds(offer, client, request, service))) throw refused();
  return client;
}

/** The scheme that the client used in `Authorization`, for the challenge. */
export function authorizationScheme(request: Request): string | undefined {
  return request.headers.has("authorization") ? "Basic" : undefined;
}

function refused(cause?: unknown): OauthError {
  return new OauthError("invalid_client", "the client is not authenticated", { cause });
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
  if (clientId === undefined) throw refused();
  if (secret !== undefined) return { method: "client_secret_post", clientId, secret };
  const certificate = certificateThumbprint(request);
  if (certificate === undefined) throw refused();
  return { method: "self_signed_tls_client_auth", clientId, certificate };
}

/** Both halves are form-encoded before they are joined (RFC 6749, section 2.3.1). */
function readBasic(authorization: string, named: string | undefined): Offer {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  if (encoded === undefined) throw refused();
  try {
    const [user, password] = splitOnce(atob(encoded), ":").map((half) =>
      decodeURIComponent(half.replaceAll("+", " ")),
    ) as [string, string];
    if (named !== undefined && named !== user) throw refused();
    return { method: "client_secret_basic", clientId: user, secret: password };
  } catch (cause) {
    throw refused(cause);
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  if (at < 0) throw refused();
  return [text.slice(0, at), text.slice(at + 1)];
}

function readAssertion(assertion: string, parameters: Parameters): Offer {
  const type = parameters.need("client_assertion_type");
  const method = type === JWT_BEARER ? "private_key_jwt" : type === JWT_SPIFFE ? "spiffe_jwt" : undefined;
  if (method === undefined) throw new OauthError("invalid_request", "`client_assertion_type` is not supported");
  const named = parameters.get("client_id");
  const { sub } = decode(assertion);
  if (typeof sub !== "string" || (method === "private_key_jwt" && named !== undefined && named !== sub))
    throw refused();
  return { method, clientId: named ?? sub, assertion };
}

function decode(assertion: string): JWTPayload {
  try {
    return decodeJwt(assertion);
  } catch (cause) {
    throw refused(cause);
  }
}

function holds(offer: Offer, client: Client, request: Request, service: Service): boolean | Promise<boolean> {
  switch (offer.method) {
    case "client_secret_basic":
    case "client_secret_post":
      return (client.secret_hashes ?? []).includes(hashSecret(offer.secret, service.core.sha256));
    case "self_signed_tls_client_auth":
      return offer.certificate === client.certificate;
    case "private_key_jwt":
      return verifyAssertion(offer.assertion, client, request, service);
    case "spiffe_jwt":
      return verifySvid(offer.assertion, client, service);
  }
}

/** RFC 7523, section 3: issued by the client about itself, for this server, short, once. */
async function verifyAssertion(
  assertion: string,
  client: Client,
  request: Request,
  service: Service,
): Promise<boolean> {
  const { config, now } = service;
  const { payload } = await jwtVerify(assertion, createLocalJWKSet({ keys: client.keys } as unknown as JSONWebKeySet), {
    issuer: client.client_id,
    subject: client.client_id,
    audience: [config.gateway.id, new URL(request.url).href, `${config.gateway.id}/oauth/token`],
    algorithms: PROOF_ALGORITHMS,
    requiredClaims: ["exp", "jti"],
    currentDate: new Date(now()),
    clockTolerance: config.gateway.clock_skew,
  }).catch((cause: unknown) => {
    throw refused(cause);
  });
  const [expires, seconds] = [payload.exp as number, Math.floor(now() / 1000)];
  if (expires > seconds + MAX_ASSERTION) throw refused();
  const until = Math.ceil(expires) + config.gateway.clock_skew;
  return spendOnce(`client ${client.client_id}`, payload.jti as string, until, service);
}

/** A JWT-SVID whose subject is the client's SPIFFE ID, by a trust domain of the configuration, for this server. */
async function verifySvid(assertion: string, client: Client, service: Service): Promise<boolean> {
  const { hops } = await judgeChain(assertion, [service.config.gateway.id], service).catch((cause: unknown) => {
    if (cause instanceof HopError && failureOf(cause.rule).status < 500) throw refused(cause);
    throw new OauthError("temporarily_unavailable", "the assertion cannot be verified at present", { cause });
  });
  return hops.length === 1 && hops[0].claims["sub"] === client.actor;
}
