/** Access tokens of vendors by OAuth client credentials (RFC 6749, section 4.4), kept until shortly before they expire. */
import * as oauth from "oauth4webapi";
import type { Credential } from "../config.ts";
import { fetchWhole } from "../content.ts";

type Client = Extract<Credential, { kind: "oauth" }>;

export interface TokenEdges {
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Milliseconds before its end from which a token is not used any more: the request must get there. */
const MARGIN_MS = 30_000;
/** Milliseconds for which a token without `expires_in` is kept. */
const UNTOLD_MS = 60_000;

interface Kept {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface VendorTokens {
  /** Rejects where there is none to be had. */
  get(client: Client, secret: string, edges: TokenEdges): Promise<string>;
  /** Of a token that the vendor does not take any more: the next request asks for another. */
  forget(client: Client, secret: string): void;
}

/** One an isolate: requests that need a token at the same time wait for one answer. */
export function createVendorTokens(): VendorTokens {
  const kept = new Map<string, Kept>();
  const asking = new Map<string, Promise<Kept>>();
  // The secret is part of the name: after a rotation nothing of the old one is used.
  const nameOf = ({ token_url, client_id, scope }: Client, secret: string): string =>
    JSON.stringify([token_url, client_id, scope, secret]);
  return {
    async get(client, secret, edges) {
      const name = nameOf(client, secret);
      const known = kept.get(name);
      if (known !== undefined && known.until > edges.now()) return known.token;
      const asked = asking.get(name) ?? ask(client, secret, edges).finally(() => asking.delete(name));
      asking.set(name, asked);
      const fresh = await asked;
      kept.set(name, fresh);
      return fresh.token;
    },
    forget: (client, secret) => void kept.delete(nameOf(client, secret)),
  };
}

async function ask(client: Client, secret: string, { fetch, now }: TokenEdges): Promise<Kept> {
  const { token_url: url, client_id, scope, auth } = client;
  const server = { issuer: new URL(url).origin, token_endpoint: url };
  const authentication = auth === "basic" ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret);
  const parameters: Record<string, string> = scope.length > 0 ? { scope: scope.join(" ") } : {};
  const answer = await oauth.clientCredentialsGrantRequest(server, { client_id }, authentication, parameters, {
    [oauth.customFetch]: (address: string, init: unknown) =>
      fetchWhole(new Request(address, init as RequestInit), fetch),
    // Configuration allows http on the loopback only.
    [oauth.allowInsecureRequests]: new URL(url).protocol === "http:",
  });
  const { access_token: token, expires_in: life } = await oauth.processClientCredentialsResponse(
    server,
    { client_id },
    answer,
  );
  return { token, until: now() + (life === undefined ? UNTOLD_MS : Math.max(0, life * 1000 - MARGIN_MS)) };
}
