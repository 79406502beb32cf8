/** Exports of the arithmetic that the core itself keeps to itself, for test/core/arithmetic.long.test.ts. */
export { isFused, multiply, square } from "../../../wasm/assembly/field-fused";
export { multiply as multiplyIntegers, square as squareIntegers, toBytes } from "../../../wasm/assembly/field";
export { invert } from "../../../wasm/assembly/inversion";
export { decodeBase64url } from "../../../wasm/assembly/base64url";
export { find, findSpecial } from "../../../wasm/assembly/scan";
export { digestOf, hashLanes, hashPrefixes, setLane } from "../../../wasm/assembly/sha256x4";
export { reduce, toDigits, toNaf } from "../../../wasm/assembly/scalar";
import * as fused from "../../../wasm/assembly/point-fused";
import * as integer from "../../../wasm/assembly/point";

/** The same walk on either path: q = p; then doubled, p added, q's start subtracted, as the bits of `steps` say. */
export function walkFused(out: usize, p: usize, steps: u32): void {
  fused.fromInteger(0xb0000, p);
  fused.cache(0xb0200, 0xb0000);
  for (let i = 0; i < 32; i++) {
    fused.double(0xb0000, 0xb0000);
    if (((steps >> i) & 1) != 0) fused.addCached(0xb0000, 0xb0000, 0xb0200);
    else fused.subtractCached(0xb0000, 0xb0000, 0xb0200);
  }
  fused.toInteger(out, 0xb0000);
}

export function walkIntegers(out: usize, p: usize, steps: u32): void {
  memory.copy(0xb0000, p, 160);
  integer.cache(0xb0200, 0xb0000);
  for (let i = 0; i < 32; i++) {
    integer.double(0xb0000, 0xb0000);
    if (((steps >> i) & 1) != 0) integer.addCached(0xb0000, 0xb0000, 0xb0200);
    else integer.subtractCached(0xb0000, 0xb0000, 0xb0200);
  }
  memory.copy(out, 0xb0000, 160);
}

export { decode } from "../../../wasm/assembly/point";
export { useArithmetic } from "../../../wasm/assembly/ed25519";
