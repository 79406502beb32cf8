/** How many cases a campaign tries: all of them in `npm run test:long`, fewer in `npm test`. */
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Whether `HOPGATE_LONG` is set. */
    isLong: boolean;
  }
}

/**
 * @param all as many as a long run tries
 * @param few as many as `npm test` tries
 */
export function cases(all: number, few: number = Math.ceil(all / 10)): number {
  return inject("isLong") ? all : few;
}

/**
 * How many times a campaign kills a process: all with `HOPGATE_KILLS=all`, for which test:long takes ten minutes more;
 * a fifth otherwise.
 */
export function kills(all: number): number {
  return process.env["HOPGATE_KILLS"] === "all" ? all : Math.ceil(all / 5);
}
