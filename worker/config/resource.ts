/** What callers ask for: a route by its URL at the gateway (RFC 8707, RFC 9728). Its upstream has a name of its own. */
import type { Route } from "./route.ts";

/** The path of a route up to its first variable part: `/orders` of `/orders/*`. */
export function staticPath({ path }: Pick<Route, "path">): string {
  const parts = path.split("/").filter((part) => part !== "");
  const end = parts.findIndex((part) => part === "*" || part.startsWith(":"));
  return (end === -1 ? parts : parts.slice(0, end)).map((part) => `/${part}`).join("");
}

/**
 * The URL of a route as a protected resource: what a token for it names as audience.
 *
 * @param gateway the gateway's id
 */
export function resourceOf(route: Pick<Route, "path">, gateway: string): string {
  return gateway.replace(/\/$/, "") + staticPath(route);
}
