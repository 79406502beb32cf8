/** An authorization server that the gateway is a client of: its metadata, kept per isolate, and answers that are read within limits. */
import * as oauth from "oauth4webapi";
import { fetchWhole } from "../content.ts";

export interface ProviderEdges {
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface Discovered {
  readonly issuer: string;
  /** Where the metadata is: OpenID Connect Discovery 1.0, section 4, or RFC 8414, section 3. Default: the first. */
  readonly discovery?: "openid" | "oauth" | undefined;
}

/** Milliseconds for which metadata is kept, and for which a failure is. */
const KEPT_MS = 300_000;
const PAUSE_MS = 10_000;

/** How oauth4webapi asks a server. @param address of the server: configuration allows http on the loopback only */
export function optionsOf(address: string, edges: Pick<ProviderEdges, "fetch">) {
  return {
    [oauth.customFetch]: (url: string, init: unknown) => fetchWhole(new Request(url, init as RequestInit), edges.fetch),
    [oauth.allowInsecureRequests]: new URL(address).protocol === "http:",
  };
}

export interface Provider {
  /** What the server says of itself. Rejects where it cannot be reached, or is not who it should be. */
  metadata(edges: ProviderEdges): Promise<oauth.AuthorizationServer>;
}

/** One an isolate: however many ask, the server is asked once in a while. */
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
