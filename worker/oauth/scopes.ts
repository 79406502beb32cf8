/** The scopes that routes know. Pure. */
import type { Route } from "../config.ts";

/** Every one of their methods, tools and requests. */
export function scopesOf(routes: readonly Route[]): string[] {
  return sorted(
    routes.flatMap(({ methods, tools = {}, requests }) =>
      [methods, tools, requests].flatMap((each) => Object.values(each)),
    ),
  );
}

/**
 * The scopes with which a client begins: clients ask people for all of them, and for more when they need more. For an MCP
 * server these are the scopes that its session needs, or all scopes if the session needs none.
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
