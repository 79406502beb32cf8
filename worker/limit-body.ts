/** Bodies of the gateway's own pages and endpoints: read within a limit before anything looks into them. */
import type { MiddlewareHandler } from "hono";
import { readRequest } from "./content.ts";

/**
 * Answers 413 to a body of more than `most` bytes, of which no more is read; what passes is in memory, whole.
 *
 * @param most bytes
 */
export function limitBody(most: number): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.raw.body === null) return next();
    const body = await readRequest(c.req.raw, most);
    if (body === undefined)
      return c.json({ error: "invalid_request", error_description: `the body has more than ${most} bytes` }, 413);
    c.req.raw = new Request(c.req.raw, { body });
    return next();
  };
}
