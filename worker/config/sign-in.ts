/** `[oauth.sign_in]`: people sign in at the OpenID provider and let clients act for them at MCP routes (docs/mcp.md). */
import * as v from "valibot";
import { type Origins, originOf } from "../http/origins.ts";
import { scopeToken, seconds } from "./fields.ts";
import { host } from "./names.ts";
import { resourceOf } from "./resource.ts";
import type { Route } from "./route.ts";

const clientHost = v.pipe(
  v.string(),
  v.check((value) => value === "*" || v.is(host, value), "must be `*`, a host in lower case, or `*.` and a domain"),
);

export const SignIn = v.strictObject({
  /** Seconds for which the client can renew what a person has allowed; 0: no longer than the first token. */
  lasts: v.optional(seconds(0, 90 * 86_400), 8 * 3600),
  /** Seconds for which a browser is remembered, so that a person need not sign in at the provider again. */
  session: v.optional(seconds(60, 86_400), 600),
  /** Descriptions of scopes, for people. */
  words: v.optional(v.record(scopeToken, v.pipe(v.string(), v.minLength(1), v.maxLength(200))), {}),
  /** Hosts whose OAuth Client ID Metadata Documents are accepted as clients; `*`: every host with a public name. */
  client_hosts: v.optional(v.array(clientHost), []),
  /** Most clients that may register themselves in an hour (RFC 7591), in total; 0: none. */
  registrations: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000)), 0),
  /** Seconds for which such a client is kept after a person has allowed it something; until then, an hour. */
  registration_lasts: v.optional(seconds(3600, 365 * 86_400), 30 * 86_400),
});

/** The other parts of the configuration that it depends on. */
interface Around {
  readonly gateway: { readonly id: string; readonly origins: Origins };
  readonly oauth: { readonly sign_in?: object | undefined };
  readonly console: { readonly oidc?: object | undefined };
  readonly routes: readonly Route[];
}

/** Why people could not sign in; undefined if they can, or if sign-in is not configured. */
export function signInProblem({ gateway, oauth, console: { oidc }, routes }: Around): string | undefined {
  if (oauth.sign_in === undefined) return undefined;
  if (oidc === undefined) return "needs console.oidc: that is where people sign in";
  // Clients look for the metadata of the server at its issuer (RFC 8414, section 3).
  if (!URL.canParse(gateway.id) || originOf(new URL(gateway.id), gateway.origins) !== gateway.id)
    return "needs a gateway.id that is one of gateway.origins: clients look for the server there";
  const whole = routes.find((route) => route.tools !== undefined && resourceOf(route, gateway.id) === gateway.id);
  return whole && `the route ${whole.id} has the URL of the gateway itself: give it a path or a host`;
}
