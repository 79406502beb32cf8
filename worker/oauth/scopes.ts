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
 * What a client needs to begin with: clients ask people for all that stands here, and for more when they need it. Of an MCP
 * server that is what its session takes, or all where that takes nothing.
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
