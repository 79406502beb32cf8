/** Which arithmetic runs: fused doubles where the machine has them, else 64-bit integers. */
import { isFused } from "./field-fused";

/** Set by `chooseArithmetic`; tables made on one path mean nothing on the other. */
export let useFused: bool = false;

/** Takes the fused path where the machine fuses and it is `allowed`. Returns whether it is taken. */
export function chooseArithmetic(allowed: bool): bool {
  useFused = allowed && isFused();
  return useFused;
}
