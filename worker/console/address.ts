/** Where the console is reached: what pages, cookies and the identity provider are told. */
import type { Context } from "hono";
import { originOf } from "../http/origins.ts";
import type { ConsoleEnv } from "./edges.ts";

/** The one of the gateway's origins that the request was sent to. */
export function ownOrigin(c: Context<ConsoleEnv>): string {
  const { origins } = c.var.console.config.gateway;
  return originOf(new URL(c.req.url), origins) ?? origins[0];
}

/** The request's address there. */
export function ownAddress(c: Context<ConsoleEnv>): URL {
  const { pathname, search } = new URL(c.req.url);
  return new URL(ownOrigin(c) + pathname + search);
}
