/** Which arithmetic runs: fused doubles if the machine has them, else 64-bit integers. */
import { isFused } from "./field-fused";

/** Set by `chooseArithmetic`; tables made on one path are invalid on the other. */
export let useFused: bool = false;

/** Chooses the fused path if the machine fuses and it is `allowed`. Returns whether it is chosen. */
export function chooseArithmetic(allowed: bool): bool {
  useFused = allowed && isFused();
  return useFused;
}
