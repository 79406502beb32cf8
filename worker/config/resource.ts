/** A route as callers name it: by its URL at the gateway (RFC 8707, RFC 9728), never by its upstream. Pure. */
import { type Origins, originOf } from "../http/origins.ts";
import type { Route } from "./route.ts";

/** The path of a route up to its first variable part: `/orders` of `/orders/*`. */
export function staticPath({ path }: Pick<Route, "path">): string {
  const parts = path.split("/").filter((part) => part !== "");
  const end = parts.findIndex((part) => part === "*" || part.startsWith(":"));
  return (end === -1 ? parts : parts.slice(0, end)).map((part) => `/${part}`).join("");
}

/** Whether requests to a host belong to the route. @param host a name without port and final dot */
export function hasHost({ host: pattern }: Pick<Route, "host">, host: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

/**
 * The URL of a route as a protected resource: what a token for it names as audience.
 *
 * @param base an origin of the gateway that serves the route, or the gateway's id
 */
export function resourceOf(route: Pick<Route, "path">, base: string): string {
  return base.replace(/\/$/, "") + staticPath(route);
}

interface Reached {
  readonly gateway: { readonly id: string; readonly origins: Origins };
  readonly routes: readonly Route[];
}

/** Routes that an origin of the gateway serves under this static path. */
export function routesAt(origin: string, path: string, { routes }: Pick<Reached, "routes">): Route[] {
  const { hostname } = new URL(origin);
  return routes.filter((route) => hasHost(route, hostname) && staticPath(route) === path);
}

/**
 * The audiences that a token for a route may name at an origin: the route's URL there. If the gateway's id is not one
 * of its origins, the path under the id is another name of the route; else it is the URL at that host only.
 *
 * @param origin the one of `gateway.origins` that the request was sent to
 */
export function resourcesAt(route: Route, origin: string, { gateway }: Pick<Reached, "gateway">): string[] {
  return [resourceOf(route, origin), ...(isReached(gateway) ? [] : [resourceOf(route, gateway.id)])];
}

/** The routes that a resource names; none if it is not the name of a route. */
export function routesOf(resource: string, reached: Reached): Route[] {
  if (!URL.canParse(resource)) return [];
  const { gateway, routes } = reached;
  const url = new URL(resource);
  const origin = originOf(url, gateway.origins);
  if (origin === undefined)
    return isReached(gateway) ? [] : routes.filter((route) => resource === resourceOf(route, gateway.id));
  return routes.filter((route) => hasHost(route, url.hostname) && resource === resourceOf(route, origin));
}

function isReached({ id, origins }: Reached["gateway"]): boolean {
  return URL.canParse(id) && originOf(new URL(id), origins) !== undefined;
}
