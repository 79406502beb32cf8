/** How many requests an isolate works on at a time: more are refused before anything is spent on them. */
import type { Context, MiddlewareHandler } from "hono";

/**
 * A request counts until its answer's head is there; a body that streams takes no memory to speak of.
 *
 * @param most requests
 * @param longest seconds after which a request that was never heard of again is counted no more
 * @param refuse the answer to those that are too many
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
    // If a caller who leaves ended the work at once, its place would never be free again.
    c.executionCtx.waitUntil(done);
    try {
      return await next();
    } finally {
      began.delete(id);
      resolve();
    }
  };
}
