/** The identity provider at which people sign in: its discovery document, kept per isolate, and answers that are read within limits. */
import * as oauth from "oauth4webapi";
import type { Config } from "../config.ts";
import { fetchWhole } from "../content.ts";

export interface ProviderEdges {
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export type Oidc = NonNullable<Config["console"]["oidc"]>;

/** Milliseconds for which a discovery document is kept, and for which a failure is. */
const KEPT_MS = 300_000;
const PAUSE_MS = 10_000;

/** How oauth4webapi asks the provider. */
export function optionsOf({ issuer }: Oidc, edges: Pick<ProviderEdges, "fetch">) {
  return {
    [oauth.customFetch]: (url: string, init: unknown) => fetchWhole(new Request(url, init as RequestInit), edges.fetch),
    // Configuration allows http on the loopback only.
    [oauth.allowInsecureRequests]: new URL(issuer).protocol === "http:",
  };
}

export interface Provider {
  /** What the provider says of itself (OpenID Connect Discovery 1.0). Rejects where it cannot be had. */
  metadata(edges: ProviderEdges): Promise<oauth.AuthorizationServer>;
}

/** One an isolate: however many ask to sign in, the provider is asked once in a while. */
export function createProvider(oidc: Oidc): Provider {
  let asked = Number.NEGATIVE_INFINITY;
  let kept: Promise<oauth.AuthorizationServer> | undefined;
  let life = 0;

  async function ask(edges: Pick<ProviderEdges, "fetch">): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(oidc.issuer);
    const answer = await oauth.discoveryRequest(issuer, optionsOf(oidc, edges));
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
