/** Limits the requests that an isolate works on at a time: others are refused before they cost anything. */
import type { Context, MiddlewareHandler } from "hono";

/**
 * A request counts until its answer's head is ready; a streaming body takes little memory.
 *
 * @param most number of requests
 * @param longest seconds after which a request that never finished no longer counts
 * @param refuse makes the answer to requests above the limit
 */
export function limitInFlight(most: number, longest: number, refuse: (c: Context) => Response): MiddlewareHandler {
  // In the order in which they came.
  const began = new Map<symbol, number>();

  function isFull(now: number): boolean {
    for (const [id, since] of began) {
      if (now - since < longest * 1000) break;
      began.delete(id);
    }
    return began.size >= most;
  }

  return async (c, next) => {
    const now = Date.now();
    if (began.size >= most && isFull(now)) return refuse(c);
    const id = Symbol();
    began.set(id, now);
    const { promise: done, resolve } = Promise.withResolvers<void>();
    // Keeps the work running when the caller leaves; if it were ended at once, its place would never be freed.
    c.executionCtx.waitUntil(done);
    try {
      return await next();
    } finally {
      began.delete(id);
      resolve();
    }
  };
}
