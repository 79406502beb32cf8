/**
 * Arithmetic modulo p = 2^255 - 19 on 64-bit integers.
 *
 * An element is ten signed 32-bit limbs in memory (40 bytes). Limb i has the weight 2^ceil(25.5 i), so even
 * limbs hold 26 bits and odd limbs 25 (D. J. Bernstein, "Curve25519: new Diffie-Hellman speed records",
 * section 3). `multiply` and `square` return limbs of at most 1.01 * 2^25 (even) and 1.01 * 2^24 (odd) in
 * magnitude and accept up to 2^28 and 2^27: the widest sum, limb 0, is then below 124.5 * 2^56 < 2^63. So sums of
 * up to seven results may be multiplied without a carry between.
 *
 * Functions take addresses, write to the first, and allow it to be one of the others. Nothing here is
 * constant-time: the core only verifies, and every input is public.
 */
import { ARITHMETIC } from "./memory";

export const FIELD_BYTES: usize = 40;

/** Scratch of `toBytes` and `equal`; the rest of ARITHMETIC belongs to `point.ts`. */
const T0 = ARITHMETIC;
const T1 = ARITHMETIC + 40;
export const FIELD_SCRATCH_END: usize = ARITHMETIC + 120;

export function copy(out: usize, a: usize): void {
  memory.copy(out, a, FIELD_BYTES);
}

/** A small non-negative integer. */
export function fromSmall(out: usize, value: i32): void {
  memory.fill(out, 0, FIELD_BYTES);
  store<i32>(out, value);
}

export function add(out: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < FIELD_BYTES; i += 4) store<i32>(out + i, load<i32>(a + i) + load<i32>(b + i));
}

export function subtract(out: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < FIELD_BYTES; i += 4) store<i32>(out + i, load<i32>(a + i) - load<i32>(b + i));
}

export function negate(out: usize, a: usize): void {
  for (let i: usize = 0; i < FIELD_BYTES; i += 4) store<i32>(out + i, -load<i32>(a + i));
}

/** Carries ten sums of products back into limbs; 2^255 wraps to 19. Two chains run side by side. */
// @ts-ignore: decorator
@inline
function carry(
  out: usize, h0: i64, h1: i64, h2: i64, h3: i64, h4: i64, h5: i64, h6: i64, h7: i64, h8: i64, h9: i64,
): void {
  let c: i64;
  c = (h0 + (1 << 25)) >> 26; h1 += c; h0 -= c << 26;
  c = (h4 + (1 << 25)) >> 26; h5 += c; h4 -= c << 26;
  c = (h1 + (1 << 24)) >> 25; h2 += c; h1 -= c << 25;
  c = (h5 + (1 << 24)) >> 25; h6 += c; h5 -= c << 25;
  c = (h2 + (1 << 25)) >> 26; h3 += c; h2 -= c << 26;
  c = (h6 + (1 << 25)) >> 26; h7 += c; h6 -= c << 26;
  c = (h3 + (1 << 24)) >> 25; h4 += c; h3 -= c << 25;
  c = (h7 + (1 << 24)) >> 25; h8 += c; h7 -= c << 25;
  c = (h4 + (1 << 25)) >> 26; h5 += c; h4 -= c << 26;
  c = (h8 + (1 << 25)) >> 26; h9 += c; h8 -= c << 26;
  c = (h9 + (1 << 24)) >> 25; h0 += c * 19; h9 -= c << 25;
  c = (h0 + (1 << 25)) >> 26; h1 += c; h0 -= c << 26;
  store<i32>(out, <i32>h0, 0); store<i32>(out, <i32>h1, 4); store<i32>(out, <i32>h2, 8);
  store<i32>(out, <i32>h3, 12); store<i32>(out, <i32>h4, 16); store<i32>(out, <i32>h5, 20);
  store<i32>(out, <i32>h6, 24); store<i32>(out, <i32>h7, 28); store<i32>(out, <i32>h8, 32);
  store<i32>(out, <i32>h9, 36);
}

/** Schoolbook product: a_i b_j counts twice where i and j are odd, and 19 times where i + j >= 10. */
export function multiply(out: usize, a: usize, b: usize): void {
  const a0: i64 = load<i32>(a, 0), a1: i64 = load<i32>(a, 4), a2: i64 = load<i32>(a, 8);
  const a3: i64 = load<i32>(a, 12), a4: i64 = load<i32>(a, 16), a5: i64 = load<i32>(a, 20);
  const a6: i64 = load<i32>(a, 24), a7: i64 = load<i32>(a, 28), a8: i64 = load<i32>(a, 32);
  const a9: i64 = load<i32>(a, 36);
  const b0: i64 = load<i32>(b, 0), b1: i64 = load<i32>(b, 4), b2: i64 = load<i32>(b, 8);
  const b3: i64 = load<i32>(b, 12), b4: i64 = load<i32>(b, 16), b5: i64 = load<i32>(b, 20);
  const b6: i64 = load<i32>(b, 24), b7: i64 = load<i32>(b, 28), b8: i64 = load<i32>(b, 32);
  const b9: i64 = load<i32>(b, 36);
  const d1 = 2 * a1, d3 = 2 * a3, d5 = 2 * a5, d7 = 2 * a7, d9 = 2 * a9;
  const n1 = 19 * b1, n2 = 19 * b2, n3 = 19 * b3, n4 = 19 * b4, n5 = 19 * b5;
  const n6 = 19 * b6, n7 = 19 * b7, n8 = 19 * b8, n9 = 19 * b9;
  carry(out,
    a0 * b0 + d1 * n9 + a2 * n8 + d3 * n7 + a4 * n6 + d5 * n5 + a6 * n4 + d7 * n3 + a8 * n2 + d9 * n1,
    a0 * b1 + a1 * b0 + a2 * n9 + a3 * n8 + a4 * n7 + a5 * n6 + a6 * n5 + a7 * n4 + a8 * n3 + a9 * n2,
    a0 * b2 + d1 * b1 + a2 * b0 + d3 * n9 + a4 * n8 + d5 * n7 + a6 * n6 + d7 * n5 + a8 * n4 + d9 * n3,
    a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + a4 * n9 + a5 * n8 + a6 * n7 + a7 * n6 + a8 * n5 + a9 * n4,
    a0 * b4 + d1 * b3 + a2 * b2 + d3 * b1 + a4 * b0 + d5 * n9 + a6 * n8 + d7 * n7 + a8 * n6 + d9 * n5,
    a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + a6 * n9 + a7 * n8 + a8 * n7 + a9 * n6,
    a0 * b6 + d1 * b5 + a2 * b4 + d3 * b3 + a4 * b2 + d5 * b1 + a6 * b0 + d7 * n9 + a8 * n8 + d9 * n7,
    a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + a8 * n9 + a9 * n8,
    a0 * b8 + d1 * b7 + a2 * b6 + d3 * b5 + a4 * b4 + d5 * b3 + a6 * b2 + d7 * b1 + a8 * b0 + d9 * n9,
    a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0,
  );
}

/** As `multiply`, with equal products taken once and doubled: 55 instead of 100. */
export function square(out: usize, a: usize): void {
  const a0: i64 = load<i32>(a, 0), a1: i64 = load<i32>(a, 4), a2: i64 = load<i32>(a, 8);
  const a3: i64 = load<i32>(a, 12), a4: i64 = load<i32>(a, 16), a5: i64 = load<i32>(a, 20);
  const a6: i64 = load<i32>(a, 24), a7: i64 = load<i32>(a, 28), a8: i64 = load<i32>(a, 32);
  const a9: i64 = load<i32>(a, 36);
  const d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3, d4 = 2 * a4;
  const d5 = 2 * a5, d6 = 2 * a6, d7 = 2 * a7;
  const n5 = 38 * a5, n6 = 19 * a6, n7 = 38 * a7, n8 = 19 * a8, n9 = 38 * a9;
  carry(out,
    a0 * a0 + d1 * n9 + d2 * n8 + d3 * n7 + d4 * n6 + a5 * n5,
    d0 * a1 + a2 * n9 + d3 * n8 + a4 * n7 + d5 * n6,
    d0 * a2 + d1 * a1 + d3 * n9 + d4 * n8 + d5 * n7 + a6 * n6,
    d0 * a3 + d1 * a2 + a4 * n9 + d5 * n8 + a6 * n7,
    d0 * a4 + d1 * d3 + a2 * a2 + d5 * n9 + d6 * n8 + a7 * n7,
    d0 * a5 + d1 * a4 + d2 * a3 + a6 * n9 + d7 * n8,
    d0 * a6 + d1 * d5 + d2 * a4 + d3 * a3 + d7 * n9 + a8 * n8,
    d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4 + a8 * n9,
    d0 * a8 + d1 * d7 + d2 * a6 + d3 * d5 + a4 * a4 + a9 * n9,
    d0 * a9 + d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5,
  );
}

// @ts-ignore: decorator
@inline
function bits(from: usize, position: usize, width: u64): i32 {
  return <i32>((load<u64>(from + (position >> 3)) >> (position & 7)) & ((1 << width) - 1));
}

/** Reads 255 bits, little-endian; bit 255 is ignored. `from` is followed by at least 4 readable bytes. */
export function fromBytes(out: usize, from: usize): void {
  let position: usize = 0;
  for (let i: usize = 0; i < 10; i++) {
    const width = 26 - <u64>(i & 1);
    store<i32>(out + (i << 2), bits(from, position, width));
    position += <usize>width;
  }
}

// @ts-ignore: decorator
@inline
function h(i: usize): u64 {
  return load<u32>(T0 + (i << 2));
}

/** Writes the one canonical encoding, 32 bytes. */
export function toBytes(to: usize, a: usize): void {
  // q = floor(a / p): the carry out of a + 19, as 2^255 = p + 19.
  let q: i64 = (19 * <i64>load<i32>(a, 36) + (1 << 24)) >> 25;
  for (let i: usize = 0; i < 10; i++) q = (<i64>load<i32>(a + (i << 2)) + q) >> (26 - (i & 1));
  let c: i64 = 19 * q;
  for (let i: usize = 0; i < 10; i++) {
    const width = 26 - <i64>(i & 1);
    const limb = <i64>load<i32>(a + (i << 2)) + c;
    c = limb >> width;
    store<i32>(T0 + (i << 2), <i32>(limb - (c << width)));
  }
  store<u64>(to, h(0) | (h(1) << 26) | (h(2) << 51), 0);
  store<u64>(to, (h(2) >> 13) | (h(3) << 13) | (h(4) << 38), 8);
  store<u64>(to, h(5) | (h(6) << 25) | (h(7) << 51), 16);
  store<u64>(to, (h(7) >> 13) | (h(8) << 12) | (h(9) << 38), 24);
}

/** Whether two elements are the same number; uses T0 and the 64 bytes from T1 on. */
export function equal(a: usize, b: usize): bool {
  toBytes(T1, a);
  toBytes(T1 + 32, b);
  return memory.compare(T1, T1 + 32, 32) == 0;
}

/** The least significant bit of the canonical encoding: the "sign" of RFC 8032, section 5.1.2. */
export function isOdd(a: usize): bool {
  toBytes(T1, a);
  return (load<u8>(T1) & 1) != 0;
}
