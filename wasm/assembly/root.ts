/**
 * z^((p - 5) / 8), the heart of a square root (RFC 8032, section 5.1.3): 252 squarings one after the other, and what a
 * key without a table costs most after its doublings. It runs on pairs where the machine fuses, the second lane idle:
 * a square there takes two thirds of the time that the integers need.
 */
import { useFused } from "./arithmetic";
import { FIELD_BYTES, multiply, square } from "./field";
import * as fused from "./field-fused";
import { POWERS } from "./memory";
import { carry, fromLimbs, toLimbs } from "./pair";

const BASE = POWERS;
const T0 = BASE + fused.PAIR_BYTES;
const T1 = T0 + fused.PAIR_BYTES;
const T2 = T1 + fused.PAIR_BYTES;
const T3 = T2 + fused.PAIR_BYTES;

/** Elements of the integer path. */
export function rootPower(out: usize, z: usize): void {
  if (!useFused) {
    memory.copy(BASE, z, FIELD_BYTES);
    power();
    memory.copy(out, T2, FIELD_BYTES);
    return;
  }
  fromLimbs(BASE, 0, z);
  fromLimbs(BASE, 1, z);
  carry(BASE);
  power();
  toLimbs(out, T2, 0);
}

function product(out: usize, a: usize, b: usize): void {
  if (useFused) fused.multiply(out, a, b);
  else multiply(out, a, b);
}

function squareTimes(out: usize, a: usize, times: i32): void {
  if (useFused) {
    fused.square(out, a);
    for (let i = 1; i < times; i++) fused.square(out, out);
  } else {
    square(out, a);
    for (let i = 1; i < times; i++) square(out, out);
  }
}

/** T2 = BASE^(2^252 - 3); exponents on the right. */
function power(): void {
  squareTimes(T0, BASE, 1);   // 2
  squareTimes(T1, T0, 2);     // 8
  product(T1, BASE, T1);      // 9
  product(T0, T0, T1);        // 11
  squareTimes(T2, T0, 1);     // 22
  product(T2, T1, T2);        // 2^5 - 1
  squareTimes(T0, T2, 5);
  product(T2, T0, T2);        // 2^10 - 1
  squareTimes(T0, T2, 10);
  product(T0, T0, T2);        // 2^20 - 1
  squareTimes(T3, T0, 20);
  product(T0, T3, T0);        // 2^40 - 1
  squareTimes(T0, T0, 10);
  product(T2, T0, T2);        // 2^50 - 1
  squareTimes(T0, T2, 50);
  product(T0, T0, T2);        // 2^100 - 1
  squareTimes(T3, T0, 100);
  product(T0, T3, T0);        // 2^200 - 1
  squareTimes(T0, T0, 50);
  product(T2, T0, T2);        // 2^250 - 1
  squareTimes(T2, T2, 2);
  product(T2, T2, BASE);      // 2^252 - 4 + 1
}
