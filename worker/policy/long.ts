/** Cedar's 64-bit integers, and the error for overflows and wrong types. */

/** A policy that fails with this error is skipped and reported (Cedar: "skip on error"). */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}

/** A Long is a number if that is exact, else a bigint, so that equal Longs are always `===`. */
export type Long = number | bigint;

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** An exact integer as a Long, or an error if it does not fit into 64 bits. */
export function toLong(exact: bigint): Long {
  if (exact < LONG_MIN || exact > LONG_MAX) throw new EvaluationError("integer overflow");
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact;
}
