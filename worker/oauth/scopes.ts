/** The scopes of routes. Pure. */
import type { Route } from "../config.ts";

/** The scopes of all their methods, tools and requests. */
export function scopesOf(routes: readonly Route[]): string[] {
  return sorted(
    routes.flatMap(({ methods, tools = {}, requests }) =>
      [methods, tools, requests].flatMap((each) => Object.values(each)),
    ),
  );
}

/**
 * The scopes that a client requests at first; it asks for others when it needs them. For an MCP server these are the
 * scopes of its session, or all scopes if the session needs none.
 */
export function basicScopes(routes: readonly Route[]): string[] {
  const session = routes.every(({ tools }) => tools !== undefined)
    ? sorted(routes.flatMap(({ methods }) => Object.values(methods)))
    : [];
  return session.length > 0 ? session : scopesOf(routes);
}

function sorted(operations: readonly { readonly scopes: readonly string[] }[]): string[] {
  return [...new Set(operations.flatMap(({ scopes }) => scopes))].sort();
}
