/**
 * Bodies for the gateway's own pages and endpoints: read whole, within limits of size and time, before they are parsed.
 */
import type { MiddlewareHandler } from "hono";
import { type BodyTime, readRequest } from "./content.ts";

/**
 * Answers 413 to a body of more than `most` bytes, and reads no more of it; other bodies are in memory afterwards.
 * Rejects like `readRequest`.
 *
 * @param most bytes
 */
export function limitBody(most: number, time: BodyTime): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.raw.body === null) return next();
    const body = await readRequest(c.req.raw, most, time);
    if (body === undefined)
      return c.json({ error: "invalid_request", error_description: `the body has more than ${most} bytes` }, 413);
    c.req.raw = new Request(c.req.raw, { body });
    return next();
  };
}
