/** Finds the route of a request: hono's router over the paths, then the host. */
import { TrieRouter } from "hono/router/trie-router";
import { hasHost, type Route } from "../config.ts";

export interface MatchRoute {
  /** The first route of the configuration whose path and host match. @param host a name without port */
  (host: string, path: string): Route | undefined;
  /** The same for a server that ignores case, escapes and a final slash. */
  loosely(host: string, path: string): Route | undefined;
}

export function compileRoutes(routes: readonly Route[]): MatchRoute {
  const strictly = finder(routes, (path) => path);
  const find = finder(routes, loose);
  return Object.assign(strictly, {
    loosely: (host: string, path: string) => find(host, loose(decodeURIComponent(path))),
  });
}

function finder(routes: readonly Route[], spell: (path: string) => string) {
  const router = new TrieRouter<Route>();
  for (const route of routes) router.add("ALL", spell(route.path), route);
  return (host: string, path: string): Route | undefined => {
    const name = host.replace(/\.$/, "");
    const [matches] = router.match("ALL", path);
    return matches.map(([route]) => route).find((route) => hasHost(route, name) && isLongEnough(route.path, path));
  };
}

/** The router also matches `/orders/*` with `/orders`, which is another resource. */
function isLongEnough(pattern: string, path: string): boolean {
  return !pattern.endsWith("/*") || path.split("/").length >= pattern.split("/").length;
}

function loose(path: string): string {
  const lower = path.toLowerCase();
  return lower.length > 1 && lower.endsWith("/") ? lower.slice(0, -1) : lower;
}
