/**
 * Arithmetic modulo p = 2^255 - 19 in doubles, two elements at a time, with fused multiply-adds of relaxed SIMD
 * (N. Emmart, "Faster Modular Exponentiation Using Double Precision Floating Point Arithmetic on the GPU", ARITH 2018).
 *
 * A pair is five vectors of two doubles (80 bytes); lane 0 is one element, lane 1 the other. Limb i has the weight
 * 2^(51 i) and is a signed integer.
 *
 * Why every rounding is exact. Write C1 = 1.5 * 2^103, C3 = 1.5 * 2^52, C2 = C1 + C3. For limbs with |a b| < 2^102:
 * - `high`: h = fma(a, b, C1) is in (2^103, 2^104), where doubles are 2^51 apart, so h = C1 + H 2^51 with
 *   |a b - H 2^51| <= 2^50. Its bits are bits(C1) + H.
 * - C2 - h = (3 - H) 2^51 is a multiple of 2^51 below 2^103: exact.
 * - `low`: fma(a, b, C2 - h) = C3 + (a b - H 2^51) is in (1.25 * 2^52, 1.75 * 2^52), where doubles are 1 apart: exact.
 *   Its bits are bits(C3) + (a b - H 2^51).
 * So both halves of a product are added up as integers, bit patterns and all, and the patterns are taken off at the end.
 *
 * Bounds. `multiply` and `square` return limbs below 2^50 + 2^13 in magnitude ("carried"). `multiply` takes one carried
 * operand and one that is the sum of two carried ones (|a b| < 2^101.1); `square` takes carried ones, and doubles half of
 * its operands. Without fused hardware `high` and `low` are wrong: `isFused` says whether this path may be used at all.
 */
export const PAIR_BYTES: usize = 80;

/** Constants are loaded: V8 builds a v128.const again for every use. */
const CONSTANTS = memory.data<u64>([
  0x4668000000000000, 0x4668000000000000, // C1 = 1.5 * 2^103
  0x4668000000000003, 0x4668000000000003, // C2 = C1 + C3
  0x4338000000000000, 0x4338000000000000, // C3 = 1.5 * 2^52
  0x0007ffffffffffff, 0x0007ffffffffffff, // the low 51 bits
  0x4333ffffffff6800, 0x4333ffffffff6800, // back to a limb 0: bits(C3) - 2^50 - 19 * 2^11
  0x4333fffffffff800, 0x4333fffffffff800, // back to another limb: bits(C3) - 2^50 - 2^11
]);
/** What is added to each column before its carry: 2^62 + 2^50, less the bit patterns that it has gathered. */
const MULTIPLY_BIAS = memory.data<u64>([
  0xe794000000000000, 0xe794000000000000,
  0x94d4000000000000, 0x94d4000000000000,
  0x4214000000000000, 0x4214000000000000,
  0xef54000000000000, 0xef54000000000000,
  0x9c94000000000000, 0x9c94000000000000,
]);
const SQUARE_BIAS = memory.data<u64>([
  0x5554000000000000, 0x5554000000000000,
  0x48a4000000000000, 0x48a4000000000000,
  0x0294000000000000, 0x0294000000000000,
  0xf5e4000000000000, 0xf5e4000000000000,
  0xafd4000000000000, 0xafd4000000000000,
]);

/** (1 + 2^-30)(1 - 2^-30) - 1 is -2^-60 when fused, and 0 when the product is rounded first. */
const PROBE = memory.data<f64>([1.000000000931322574615478515625, 0.999999999068677425384521484375, -1.0]);

/** Whether this machine fuses `relaxed_madd`; the arguments come from memory, so that no compiler can fold them. */
export function isFused(): bool {
  const a = v128.load64_splat(PROBE), b = v128.load64_splat(PROBE + 8), c = v128.load64_splat(PROBE + 16);
  return f64x2.extract_lane(f64x2.relaxed_madd(a, b, c), 0) == -8.673617379884035e-19;
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128, c1: v128): v128 {
  return f64x2.relaxed_madd(a, b, c1);
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128, h: v128, c2: v128): v128 {
  return f64x2.relaxed_madd(a, b, f64x2.sub(c2, h));
}

// @ts-ignore: decorator
@inline
function times19(x: v128): v128 {
  return i64x2.add(i64x2.add(i64x2.shl(x, 4), i64x2.shl(x, 1)), x);
}

/** One round of carries over the ten columns, all limbs at once: |columns| < 2^58, so each carry is below 2^8. */
// @ts-ignore: decorator
@inline
function reduce(
  out: usize, bias: usize,
  r0: v128, r1: v128, r2: v128, r3: v128, r4: v128, r5: v128, r6: v128, r7: v128, r8: v128, r9: v128,
): void {
  const mask = v128.load(CONSTANTS, 48), c3 = v128.load(CONSTANTS, 32), k = v128.load(CONSTANTS, 80);
  const u0 = i64x2.add(i64x2.add(r0, times19(r5)), v128.load(bias, 0));
  const u1 = i64x2.add(i64x2.add(r1, times19(r6)), v128.load(bias, 16));
  const u2 = i64x2.add(i64x2.add(r2, times19(r7)), v128.load(bias, 32));
  const u3 = i64x2.add(i64x2.add(r3, times19(r8)), v128.load(bias, 48));
  const u4 = i64x2.add(i64x2.add(r4, times19(r9)), v128.load(bias, 64));
  const top = i64x2.add(times19(i64x2.shr_u(u4, 51)), v128.load(CONSTANTS, 64));
  v128.store(out, f64x2.sub(i64x2.add(v128.and(u0, mask), top), c3), 0);
  v128.store(out, limb(u1, u0, mask, k, c3), 16);
  v128.store(out, limb(u2, u1, mask, k, c3), 32);
  v128.store(out, limb(u3, u2, mask, k, c3), 48);
  v128.store(out, limb(u4, u3, mask, k, c3), 64);
}

/** The low 51 bits of a column and what the one below carries, as a double. */
// @ts-ignore: decorator
@inline
function limb(u: v128, below: v128, mask: v128, k: v128, c3: v128): v128 {
  return f64x2.sub(i64x2.add(v128.and(u, mask), i64x2.add(i64x2.shr_u(below, 51), k)), c3);
}

/** Schoolbook product by columns: the low halves of column k and the high halves of column k - 1 meet in r_k. */
// @ts-ignore: decorator
@inline
function product(out: usize, a: usize, b: usize): void {
  const c1 = v128.load(CONSTANTS, 0), c2 = v128.load(CONSTANTS, 16);
  const a0 = v128.load(a, 0), a1 = v128.load(a, 16), a2 = v128.load(a, 32), a3 = v128.load(a, 48), a4 = v128.load(a, 64);
  const b0 = v128.load(b, 0), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48), b4 = v128.load(b, 64);
  let h: v128;
  h = high(a0, b0, c1); let r0 = low(a0, b0, h, c2); let r1 = h;
  h = high(a0, b1, c1); r1 = i64x2.add(r1, low(a0, b1, h, c2)); let r2 = h;
  h = high(a1, b0, c1); r1 = i64x2.add(r1, low(a1, b0, h, c2)); r2 = i64x2.add(r2, h);
  h = high(a0, b2, c1); r2 = i64x2.add(r2, low(a0, b2, h, c2)); let r3 = h;
  h = high(a1, b1, c1); r2 = i64x2.add(r2, low(a1, b1, h, c2)); r3 = i64x2.add(r3, h);
  h = high(a2, b0, c1); r2 = i64x2.add(r2, low(a2, b0, h, c2)); r3 = i64x2.add(r3, h);
  h = high(a0, b3, c1); r3 = i64x2.add(r3, low(a0, b3, h, c2)); let r4 = h;
  h = high(a1, b2, c1); r3 = i64x2.add(r3, low(a1, b2, h, c2)); r4 = i64x2.add(r4, h);
  h = high(a2, b1, c1); r3 = i64x2.add(r3, low(a2, b1, h, c2)); r4 = i64x2.add(r4, h);
  h = high(a3, b0, c1); r3 = i64x2.add(r3, low(a3, b0, h, c2)); r4 = i64x2.add(r4, h);
  h = high(a0, b4, c1); r4 = i64x2.add(r4, low(a0, b4, h, c2)); let r5 = h;
  h = high(a1, b3, c1); r4 = i64x2.add(r4, low(a1, b3, h, c2)); r5 = i64x2.add(r5, h);
  h = high(a2, b2, c1); r4 = i64x2.add(r4, low(a2, b2, h, c2)); r5 = i64x2.add(r5, h);
  h = high(a3, b1, c1); r4 = i64x2.add(r4, low(a3, b1, h, c2)); r5 = i64x2.add(r5, h);
  h = high(a4, b0, c1); r4 = i64x2.add(r4, low(a4, b0, h, c2)); r5 = i64x2.add(r5, h);
  h = high(a1, b4, c1); r5 = i64x2.add(r5, low(a1, b4, h, c2)); let r6 = h;
  h = high(a2, b3, c1); r5 = i64x2.add(r5, low(a2, b3, h, c2)); r6 = i64x2.add(r6, h);
  h = high(a3, b2, c1); r5 = i64x2.add(r5, low(a3, b2, h, c2)); r6 = i64x2.add(r6, h);
  h = high(a4, b1, c1); r5 = i64x2.add(r5, low(a4, b1, h, c2)); r6 = i64x2.add(r6, h);
  h = high(a2, b4, c1); r6 = i64x2.add(r6, low(a2, b4, h, c2)); let r7 = h;
  h = high(a3, b3, c1); r6 = i64x2.add(r6, low(a3, b3, h, c2)); r7 = i64x2.add(r7, h);
  h = high(a4, b2, c1); r6 = i64x2.add(r6, low(a4, b2, h, c2)); r7 = i64x2.add(r7, h);
  h = high(a3, b4, c1); r7 = i64x2.add(r7, low(a3, b4, h, c2)); let r8 = h;
  h = high(a4, b3, c1); r7 = i64x2.add(r7, low(a4, b3, h, c2)); r8 = i64x2.add(r8, h);
  h = high(a4, b4, c1); r8 = i64x2.add(r8, low(a4, b4, h, c2)); let r9 = h;
  reduce(out, MULTIPLY_BIAS, r0, r1, r2, r3, r4, r5, r6, r7, r8, r9);
}

/** As `product`, with equal products taken once and doubled: 15 instead of 25. */
// @ts-ignore: decorator
@inline
function productOfSame(out: usize, a: usize): void {
  const c1 = v128.load(CONSTANTS, 0), c2 = v128.load(CONSTANTS, 16);
  const a0 = v128.load(a, 0), a1 = v128.load(a, 16), a2 = v128.load(a, 32), a3 = v128.load(a, 48), a4 = v128.load(a, 64);
  const d1 = f64x2.add(a1, a1), d2 = f64x2.add(a2, a2), d3 = f64x2.add(a3, a3), d4 = f64x2.add(a4, a4);
  let h: v128;
  h = high(a0, a0, c1); let r0 = low(a0, a0, h, c2); let r1 = h;
  h = high(a0, d1, c1); r1 = i64x2.add(r1, low(a0, d1, h, c2)); let r2 = h;
  h = high(a0, d2, c1); r2 = i64x2.add(r2, low(a0, d2, h, c2)); let r3 = h;
  h = high(a1, a1, c1); r2 = i64x2.add(r2, low(a1, a1, h, c2)); r3 = i64x2.add(r3, h);
  h = high(a0, d3, c1); r3 = i64x2.add(r3, low(a0, d3, h, c2)); let r4 = h;
  h = high(a1, d2, c1); r3 = i64x2.add(r3, low(a1, d2, h, c2)); r4 = i64x2.add(r4, h);
  h = high(a0, d4, c1); r4 = i64x2.add(r4, low(a0, d4, h, c2)); let r5 = h;
  h = high(a1, d3, c1); r4 = i64x2.add(r4, low(a1, d3, h, c2)); r5 = i64x2.add(r5, h);
  h = high(a2, a2, c1); r4 = i64x2.add(r4, low(a2, a2, h, c2)); r5 = i64x2.add(r5, h);
  h = high(a1, d4, c1); r5 = i64x2.add(r5, low(a1, d4, h, c2)); let r6 = h;
  h = high(a2, d3, c1); r5 = i64x2.add(r5, low(a2, d3, h, c2)); r6 = i64x2.add(r6, h);
  h = high(a2, d4, c1); r6 = i64x2.add(r6, low(a2, d4, h, c2)); let r7 = h;
  h = high(a3, a3, c1); r6 = i64x2.add(r6, low(a3, a3, h, c2)); r7 = i64x2.add(r7, h);
  h = high(a3, d4, c1); r7 = i64x2.add(r7, low(a3, d4, h, c2)); let r8 = h;
  h = high(a4, a4, c1); r8 = i64x2.add(r8, low(a4, a4, h, c2)); let r9 = h;
  reduce(out, SQUARE_BIAS, r0, r1, r2, r3, r4, r5, r6, r7, r8, r9);
}

export function multiply(out: usize, a: usize, b: usize): void {
  product(out, a, b);
}

export function square(out: usize, a: usize): void {
  productOfSame(out, a);
}

/** Two products in one call: the second begins while the first is still being carried. */
export function multiplyBoth(out: usize, a: usize, b: usize, out2: usize, a2: usize, b2: usize): void {
  product(out, a, b);
  product(out2, a2, b2);
}

/** A square and a product in one call. */
export function squareAndMultiply(out: usize, a: usize, out2: usize, a2: usize, b2: usize): void {
  productOfSame(out, a);
  product(out2, a2, b2);
}
