/** Finds the route of a request: hono's router over the paths, then the host. */
import { TrieRouter } from "hono/router/trie-router";
import type { Route } from "../config.ts";

export type MatchRoute = (host: string, path: string) => Route | undefined;

/** The first route of the configuration whose path and host fit. */
export function compileRoutes(routes: readonly Route[]): MatchRoute {
  const router = new TrieRouter<Route>();
  for (const route of routes) router.add("ALL", route.path, route);
  return (host, path) => {
    const [matches] = router.match("ALL", path);
    return matches.map(([route]) => route).find((route) => hostFits(route.host, host));
  };
}

function hostFits(pattern: string, host: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}
