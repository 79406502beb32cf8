/** Clients of the authorization server as the tests use them: registered over HTTP, speaking through oauth4webapi. */
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { CAST, keyNamed, sign } from "../vectors/craft.ts";
import { ADMIN_TOKEN, nowSeconds, type World } from "./harness.ts";

export const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const TYPE = {
  access: "urn:ietf:params:oauth:token-type:access_token",
  id: "urn:ietf:params:oauth:token-type:id_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
  txn: "urn:ietf:params:oauth:token-type:txn_token",
  chain: "urn:hopgate:token-type:chain",
} as const;
/** The route of the orders at the gateway, and another agent: what tokens of the authorization server are for. */
export const ORDERS = "https://gateway.acme.example/orders";
export const REFUNDS = "https://refund-agent.acme.example";
export const AGENT = CAST.agent;
export const SERVICE = CAST.service;
export const SECRET = "a secret of the tests";
/** The tests' gateway is reached by plain HTTP on the loopback. */
export const INSECURE = { [oauth.allowInsecureRequests]: true } as const;

const base64url = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("base64url");

/** Registers a client; what is not said is what most tests want. */
export async function register(world: World, client: Record<string, unknown>): Promise<Response> {
  const secretHash = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(SECRET)));
  const full = {
    auth_method: "client_secret_basic",
    secret_hashes: [secretHash],
    grants: [EXCHANGE, "client_credentials"],
    audiences: [ORDERS, REFUNDS, CAST.gateway],
    scopes: ["orders:read", "refunds:write"],
    owner: "team-support",
    purpose: "customer-support",
    // The identity providers call their clients as this server does.
    known_as: { [CAST.issuer]: [client["client_id"]], "https://login.acme.example": [client["client_id"]] },
    ...client,
  };
  return fetch(`${world.url}/admin/clients/${encodeURIComponent(String(client["client_id"]))}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    body: JSON.stringify(full),
  });
}

/** The support agent and the refund service, as most tests know them. */
export async function registerCast(world: World): Promise<void> {
  for (const client of [
    { client_id: "support-agent", actor: AGENT },
    { client_id: "refund-service", actor: SERVICE, aliases: [REFUNDS] },
  ]) {
    const answer = await register(world, client);
    if (!answer.ok) throw new Error(await answer.text());
  }
}

/** What the gateway says of itself, read by oauth4webapi. Its issuer is its id; it is found where it runs. */
export async function discover(world: World): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(CAST.gateway);
  const response = await oauth.discoveryRequest(issuer, {
    algorithm: "oauth2",
    [oauth.customFetch]: (url, init) => fetch(url.replace(issuer.origin, world.url), init as unknown as RequestInit),
  });
  return oauth.processDiscoveryResponse(issuer, response);
}

/** The support agent, as oauth4webapi knows it. */
export const agent: oauth.Client = { client_id: "support-agent" };
export const agentAuth = oauth.ClientSecretBasic(SECRET);

export interface Server {
  readonly world: World;
  readonly as: oauth.AuthorizationServer;
  /** The claims of a token that the server issued, checked by jose. */
  verified(token: string, typ?: string): Promise<JWTPayload>;
}

/** The authorization server of a world as a client finds it, with the cast registered. */
export async function serverOf(world: World): Promise<Server> {
  await registerCast(world);
  const as = await discover(world);
  const keys = createLocalJWKSet((await (await fetch(as.jwks_uri as string)).json()) as JSONWebKeySet);
  return {
    world,
    as,
    async verified(token, typ = "at+jwt") {
      const issued = { typ, ...(typ !== "statuslist+jwt" && { issuer: CAST.gateway }) };
      return (await jwtVerify(token, keys, issued)).payload;
    },
  };
}

export interface RootOptions {
  readonly header?: Record<string, unknown>;
  readonly signedBy?: string;
}

/** A token of the identity provider for alice: an access token that names the agent as its client and audience. */
export async function personToken(
  claims: Record<string, unknown> = {},
  { header, signedBy = "idp" }: RootOptions = {},
) {
  const now = nowSeconds();
  const all = {
    iss: CAST.issuer,
    sub: "alice",
    client_id: "support-agent",
    aud: ["support-agent", CAST.gateway],
    scope: "orders:read refunds:write payouts:write",
    iat: now - 10,
    exp: now + 3600,
    jti: crypto.randomUUID(),
    txn: `task-${crypto.randomUUID()}`,
    tctx: { purpose: "customer-support/refund" },
    ...claims,
  };
  const plain = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return sign({ alg: "EdDSA", typ: "at+jwt", kid: "idp-1", ...header }, plain, await keyNamed(signedBy));
}

/** A plain form request to an endpoint, as `curl -u` makes it. */
export function post(
  world: World,
  path: string,
  form: Record<string, string> | string[][],
  headers: Record<string, string> = basic("support-agent"),
): Promise<Response> {
  return fetch(world.url + path, { method: "POST", headers, body: new URLSearchParams(form) });
}

export function basic(client: string, secret = SECRET): Record<string, string> {
  const encode = (text: string): string => encodeURIComponent(text).replaceAll("%20", "+");
  return { authorization: `Basic ${btoa(`${encode(client)}:${encode(secret)}`)}` };
}

/** An exchange by a form request; what is not said is what is right. */
export function exchange(
  world: World,
  form: Record<string, string>,
  headers?: Record<string, string>,
): Promise<Response> {
  const all = { grant_type: EXCHANGE, subject_token_type: TYPE.access, audience: ORDERS, ...form };
  return post(world, "/oauth/token", all, headers);
}

export interface Granted {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope: string;
}

export async function grantedBy(response: Response): Promise<Granted> {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Granted;
}
