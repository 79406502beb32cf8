/**
 * An authorization server that the gateway is a client of: its metadata, cached in the isolate, and requests with
 * limits.
 */
import * as oauth from "oauth4webapi";
import { fetchWhole } from "../content.ts";

export interface ProviderEdges {
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface Discovered {
  readonly issuer: string;
  /** Which metadata it has: OpenID Connect Discovery 1.0, section 4, or RFC 8414, section 3. Default: the first. */
  readonly discovery?: "openid" | "oauth" | undefined;
}

/** Milliseconds for which metadata, and a failure, is cached. */
const KEPT_MS = 300_000;
const PAUSE_MS = 10_000;

/** Options for oauth4webapi. @param address of the server; the configuration allows http only on the loopback */
export function optionsOf(address: string, edges: Pick<ProviderEdges, "fetch">) {
  return {
    [oauth.customFetch]: (url: string, init: unknown) => fetchWhole(new Request(url, init as RequestInit), edges.fetch),
    [oauth.allowInsecureRequests]: new URL(address).protocol === "http:",
  };
}

export interface Provider {
  /** The server's metadata. Rejects if it cannot be reached, or is another server's. */
  metadata(edges: ProviderEdges): Promise<oauth.AuthorizationServer>;
}

/** One for each isolate, so that many requests share one fetch. */
export function createProvider({ issuer: name, discovery }: Discovered): Provider {
  let asked = Number.NEGATIVE_INFINITY;
  let kept: Promise<oauth.AuthorizationServer> | undefined;
  let life = 0;

  async function ask(edges: Pick<ProviderEdges, "fetch">): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(name);
    const algorithm = discovery === "oauth" ? "oauth2" : "oidc";
    const answer = await oauth.discoveryRequest(issuer, { ...optionsOf(name, edges), algorithm });
    return oauth.processDiscoveryResponse(issuer, answer);
  }

  return {
    metadata(edges) {
      const now = edges.now();
      if (kept !== undefined && now - asked < life) return kept;
      [asked, life] = [now, KEPT_MS];
      kept = ask(edges);
      kept.catch(() => {
        life = PAUSE_MS;
      });
      return kept;
    },
  };
}
