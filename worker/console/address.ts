/** Where the console is reached: what pages, cookies and the identity provider are told. */
import type { Context } from "hono";
import { ownOrigin as ownOriginOf } from "../pages/headers.ts";
import type { ConsoleEnv } from "./edges.ts";

/** The one of the gateway's origins that the request was sent to. */
export function ownOrigin(c: Context<ConsoleEnv>): string {
  return ownOriginOf(c, c.var.console.config.gateway.origins);
}

/** The request's address there. */
export function ownAddress(c: Context<ConsoleEnv>): URL {
  const { pathname, search } = new URL(c.req.url);
  return new URL(ownOrigin(c) + pathname + search);
}
