/** The console's address, for pages, cookies and the identity provider. */
import type { Context } from "hono";
import { ownOrigin as ownOriginOf } from "../pages/headers.ts";
import type { ConsoleEnv } from "./edges.ts";

/** The gateway's origin that the request was sent to. */
export function ownOrigin(c: Context<ConsoleEnv>): string {
  return ownOriginOf(c, c.var.console.config.gateway.origins);
}

/** The request's URL at that origin. */
export function ownAddress(c: Context<ConsoleEnv>): URL {
  const { pathname, search } = new URL(c.req.url);
  return new URL(ownOrigin(c) + pathname + search);
}
