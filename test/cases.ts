/** How many cases a campaign tries: all of them in `npm run test:long`, a tenth in `npm test`. */
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** Whether `HOPGATE_LONG` is set. */
    isLong: boolean;
  }
}

/** @param all as many as a long run tries */
export function cases(all: number): number {
  return inject("isLong") ? all : Math.ceil(all / 10);
}
