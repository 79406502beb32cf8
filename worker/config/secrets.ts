/** Secrets of the Worker that the configuration names, beside those that every gateway has. Pure. */
import type { AskingProxy } from "./authorizer.ts";
import type { Receiver } from "./receivers.ts";
import type { Route } from "./route.ts";

/** Names of what vendors know the gateway by, and of what it knows proxies and receivers by. */
export function namedSecrets({
  routes,
  authorizer,
  receivers,
}: {
  readonly routes: readonly Pick<Route, "credential">[];
  readonly authorizer: { readonly proxies: readonly Pick<AskingProxy, "secret">[] };
  readonly receivers: readonly Pick<Receiver, "secret">[];
}): string[] {
  const vendors = routes.flatMap(({ credential }) => credential?.secret ?? []);
  const proxies = authorizer.proxies.flatMap(({ secret }) => secret ?? []);
  return [...new Set([...vendors, ...proxies, ...receivers.map(({ secret }) => secret)])];
}
