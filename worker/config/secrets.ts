/** Secrets of the Worker that the configuration names, beside those that every gateway has. Pure. */
import type { AskingProxy } from "./authorizer.ts";
import type { Route } from "./route.ts";

/** Names of what vendors know the gateway by, and of what it knows proxies by. */
export function namedSecrets({
  routes,
  authorizer,
}: {
  readonly routes: readonly Pick<Route, "credential">[];
  readonly authorizer: { readonly proxies: readonly Pick<AskingProxy, "secret">[] };
}): string[] {
  const vendors = routes.flatMap(({ credential }) => credential?.secret ?? []);
  return [...new Set([...vendors, ...authorizer.proxies.flatMap(({ secret }) => secret ?? [])])];
}
