/** Cedar's 64-bit integers, and the error that everything raises which 64 bits or a type do not hold. */

/** A policy that meets one of these is skipped and reported (Cedar: "skip on error"). */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}

/** A Long is a number while that is exact, and a bigint beyond, so that equal Longs are always `===`. */
export type Long = number | bigint;

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** Any exact integer as a Long, or an error where 64 bits do not hold it. */
export function toLong(exact: bigint): Long {
  if (exact < LONG_MIN || exact > LONG_MAX) throw new EvaluationError("integer overflow");
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact;
}
