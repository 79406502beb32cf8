/** Order and arithmetic of Cedar's Longs, and the order of datetimes and durations. */
import { asExtension, asLong, fail, isLong } from "./expect.ts";
import { type Long, toLong } from "./long.ts";
import type { Value } from "./value.ts";

/** Orders two Longs, two datetimes or two durations. */
export function compare(a: Value, b: Value, test: (a: Long, b: Long) => boolean): boolean {
  if (isLong(a) && isLong(b)) return test(a, b);
  const [x, y] = [asExtension(a), asExtension(b)];
  const ordered = x.kind === y.kind && (x.kind === "datetime" || x.kind === "duration");
  if (!ordered || !("exact" in x) || !("exact" in y)) return fail("these values have no order");
  return test(x.exact, y.exact);
}

export interface Arithmetic {
  readonly fast: (a: number, b: number) => number;
  readonly exact: (a: bigint, b: bigint) => bigint;
}

/** The result in 64 bits, or an overflow error. */
export function calculate(left: Value, right: Value, { fast, exact }: Arithmetic): Long {
  const [a, b] = [asLong(left), asLong(right)];
  if (typeof a === "number" && typeof b === "number") {
    const result = fast(a, b);
    // 0 * -1 gives -0, which would be another key than 0.
    if (Number.isSafeInteger(result)) return result === 0 ? 0 : result;
  }
  return toLong(exact(BigInt(a), BigInt(b)));
}
