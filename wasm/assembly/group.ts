/**
 * The group operations that a verification repeats, on whichever arithmetic this machine has: fused doubles where
 * `relaxed_madd` is fused, else 64-bit integers. Decoding, encoding and inversion are done by the integers alone, so a
 * point comes in and goes out in their form (point.ts); in between it is opaque, 160 bytes on either path.
 */
import { useFused } from "./arithmetic";
import * as integer from "./point";
import * as fused from "./point-fused";

export const GROUP_BYTES: usize = integer.POINT_BYTES;

/** From a point of the integer path. */
export function enter(out: usize, p: usize): void {
  if (useFused) fused.fromInteger(out, p);
  else memory.copy(out, p, GROUP_BYTES);
}

/** To a point of the integer path: X, Y and Z. */
export function leave(out: usize, p: usize): void {
  if (useFused) fused.toInteger(out, p);
  else memory.copy(out, p, GROUP_BYTES);
}

export function identity(out: usize): void {
  if (useFused) fused.identity(out);
  else integer.identity(out);
}

export function double(out: usize, p: usize): void {
  if (useFused) fused.double(out, p);
  else integer.double(out, p);
}

/** What an addition needs of its second operand. */
export function cache(out: usize, p: usize): void {
  if (useFused) fused.cache(out, p);
  else integer.cache(out, p);
}

export function addCached(out: usize, p: usize, q: usize): void {
  if (useFused) fused.addCached(out, p, q);
  else integer.addCached(out, p, q);
}

export function subtractCached(out: usize, p: usize, q: usize): void {
  if (useFused) fused.subtractCached(out, p, q);
  else integer.subtractCached(out, p, q);
}
