/**
 * Integers modulo the group order L = 2^252 + c, c = 27742317777372353535851937790883648493 (RFC 8032,
 * section 5.1), in limbs of 28 bits, because 9 * 28 = 252: what stands above limb 8 is folded down by
 * 2^252 = -c (mod L).
 */
import { ARITHMETIC } from "./memory";

/** c in five limbs of 28 bits. */
const C = memory.data<i64>([0xcf5d3ed, 0x12631a5, 0x79cd658, 0xf9dea2f, 0x14de]);
const MASK: i64 = 0xfffffff;

/** L, little-endian. */
const L = memory.data<u64>([0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000]);

/** 20 limbs, and a copy of the upper ones; at the end of ARITHMETIC, far from the points. */
const LIMBS = ARITHMETIC + 0xe00;
const HIGH = LIMBS + (20 << 3);

/** Whether a little-endian scalar is below L: the range of S (RFC 8032, section 5.1.7), no malleability. */
export function isReduced(scalar: usize): bool {
  for (let i: isize = 3; i >= 0; i--) {
    const word = load<u64>(scalar + (i << 3)), limit = load<u64>(L + (i << 3));
    if (word != limit) return word < limit;
  }
  return false;
}

/** Adds `sign` * L = sign * (2^252 + c). */
function addOrder(sign: i64): void {
  for (let j: usize = 0; j < 5; j++) addTo(j, sign * load<i64>(C + (j << 3)));
  addTo(9, sign);
}

// @ts-ignore: decorator
@inline
function addTo(limb: usize, value: i64): void {
  const at = LIMBS + (limb << 3);
  store<i64>(at, load<i64>(at) + value);
}

/** Takes `count` limbs from limb 9 on away and subtracts c times them from those below. */
function fold(count: usize): void {
  memory.copy(HIGH, LIMBS + (9 << 3), count << 3);
  memory.fill(LIMBS + (9 << 3), 0, count << 3);
  for (let i: usize = 0; i < count; i++) {
    const high = load<i64>(HIGH + (i << 3));
    for (let j: usize = 0; j < 5; j++) addTo(i + j, -high * load<i64>(C + (j << 3)));
  }
}

/** Signed carry through limbs 0 to `last` into the one above; those end in [0, 2^28), that one takes the sign. */
function carry(last: usize): void {
  let c: i64 = 0;
  for (let i: usize = 0; i <= last; i++) {
    const at = LIMBS + (i << 3);
    const limb = load<i64>(at) + c;
    c = limb >> 28;
    store<i64>(at, limb & MASK);
  }
  addTo(last + 1, c);
}

/** out = the 64 bytes at `hash`, little-endian, modulo L, in [0, L); 32 bytes. 8 readable bytes follow `hash`. */
export function reduce(out: usize, hash: usize): void {
  memory.fill(LIMBS, 0, 20 << 3);
  for (let i: usize = 0; i < 19; i++) {
    const position = i * 28;
    const width: u64 = i < 18 ? 28 : 8; // 18 * 28 + 8 = 512
    const limb = (load<u64>(hash + (position >> 3)) >> (position & 7)) & ((1 << width) - 1);
    store<i64>(LIMBS + (i << 3), limb);
  }
  // Each fold sums at most 5 products below 2^56 into a limb: far inside 63 bits.
  fold(10); carry(13); // |x| < 2^386
  fold(6); carry(9);   // |x| < 2^260
  fold(2); carry(8);   // -2^133 < x < 2^252 + 2^133: limb 9 is -1, 0 or 1
  fold(1); carry(8);   // -2^125 < x < 2^252 + 2^125
  addOrder(-1); carry(8);
  while (load<i64>(LIMBS, 9 << 3) < 0) {
    addOrder(1); carry(8);
  }
  memory.fill(out, 0, 32);
  for (let i: usize = 0; i < 9; i++) {
    // Limbs of 28 bits meet at half bytes; two of them fill 7 bytes.
    const at = out + ((i * 28) >> 3);
    store<u32>(at, load<u8>(at) | (load<u32>(LIMBS + (i << 3)) << ((<u32>i & 1) << 2)));
  }
  // Numbers from 2^252 to L have one more bit.
  store<u8>(out, load<u8>(out, 31) | (load<u8>(LIMBS, 9 << 3) << 4), 31);
}

/**
 * Signed digits of width w: `rows` of them (i16) with scalar = sum of digit_i 2^(w i), each from -2^(w - 1) to 2^(w - 1).
 * `scalar` is below 2^253, w * rows at least 254, and 8 readable bytes follow.
 */
export function toDigits(digits: usize, scalar: usize, width: u32, rows: u32): void {
  const mask: u64 = (1 << width) - 1, half: u64 = 1 << (width - 1);
  let carried: u64 = 0;
  for (let row: usize = 0; row < rows; row++) {
    const position = row * width;
    const byte = position >> 3;
    const word = byte < 24 ? load<u64>(scalar + byte) : load<u64>(scalar + 24) >> ((<u64>byte - 24) << 3);
    const window = ((word >> (position & 7)) & mask) + carried;
    carried = <u64>(window > half);
    store<i16>(digits + (row << 1), <i16>(<i64>window - (<i64>carried << width)));
  }
}

/**
 * Width-w non-adjacent form: 256 signed digits (i8) at `digits`, every non-zero one odd and below 2^(w - 1),
 * with at least w - 1 zeros after it. `scalar` is below 2^253 and followed by 8 readable bytes.
 */
export function toNaf(digits: usize, scalar: usize, width: u32): void {
  memory.fill(digits, 0, 256);
  const mask: u64 = (1 << width) - 1;
  let position: usize = 0, borrowed: u64 = 0;
  while (position < 256) {
    const word = position < 248 ? load<u64>(scalar + (position >> 3)) : <u64>load<u8>(scalar, 31);
    const window = ((word >> (position & 7)) & mask) + borrowed;
    if ((window & 1) == 0) {
      position++;
      continue;
    }
    borrowed = window >> (width - 1);
    store<i8>(digits + position, <i8>(<i64>window - (<i64>borrowed << width)));
    position += width;
  }
}
