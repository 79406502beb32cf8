/**
 * base64url without padding (RFC 4648, sections 3.5 and 5; RFC 7515, appendix C), strict: no other alphabet, no
 * padding, no white space, and the bits that a last character does not need are zero. So every byte string has
 * exactly one encoding, and two tokens that differ as text differ as bytes.
 */

/** Value of each ASCII character, 64 if it has none. */
const VALUES = memory.data<u8>([
  64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
  64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
  64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 64,
  52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64,
  64, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
  15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 63,
  64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
  41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64,
]);

export const MALFORMED: i32 = -1;

// @ts-ignore: decorator
@inline
function value(at: usize): u32 {
  const character = load<u8>(at);
  return character < 128 ? load<u8>(VALUES + character) : 64;
}

/** Sets the lanes of `c` whose character is one of the `count` characters from `first` on. */
// @ts-ignore: decorator
@inline
function range(c: v128, first: u8, count: u8): v128 {
  return i8x16.lt_u(i8x16.sub(c, i8x16.splat(first)), i8x16.splat(count));
}

/**
 * Decodes 16 characters to 12 bytes, and writes four zeros after them. False if one is not in the alphabet. (The idea
 * of merging six bits to twelve to twenty-four is W. Mula's and D. Lemire's, "Faster Base64 Encoding and Decoding Using
 * AVX2 Instructions", 2018, section 3.)
 */
// @ts-ignore: decorator
@inline
function decodeBlock(to: usize, from: usize): bool {
  const c = v128.load(from);
  const upper = range(c, 0x41, 26), lower = range(c, 0x61, 26), digit = range(c, 0x30, 10);
  const dash = i8x16.eq(c, i8x16.splat(0x2d)), line = i8x16.eq(c, i8x16.splat(0x5f));
  const known = v128.or(v128.or(upper, lower), v128.or(digit, v128.or(dash, line)));
  if (!i8x16.all_true(known)) return false;
  // What turns a character into its value: -65, -71, +4, +17, -32.
  const offset = v128.or(
    v128.or(v128.and(upper, i8x16.splat(-65)), v128.and(lower, i8x16.splat(-71))),
    v128.or(
      v128.and(digit, i8x16.splat(4)), v128.or(v128.and(dash, i8x16.splat(17)), v128.and(line, i8x16.splat(-32))),
    ),
  );
  const six = i8x16.add(c, offset);
  const twelve = v128.or(i16x8.shl(v128.and(six, i16x8.splat(0xff)), 6), i16x8.shr_u(six, 8));
  const all = v128.or(i32x4.shl(v128.and(twelve, i32x4.splat(0xffff)), 12), i32x4.shr_u(twelve, 16));
  // The three low bytes of each word, the first of them last; 3 is always a zero.
  v128.store(to, i8x16.shuffle(all, all, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 3, 3, 3));
  return true;
}

/**
 * Decodes `length` characters to `to`; the number of bytes written (3/4 of `length`), or MALFORMED. Up to four bytes after
 * them may be overwritten with zeros.
 */
export function decodeBase64url(to: usize, from: usize, length: u32): i32 {
  const tail = length & 3;
  if (tail == 1) return MALFORMED;
  const start = to, end = from + length - tail;
  for (; from + 16 <= end; from += 16, to += 12) {
    if (!decodeBlock(to, from)) return MALFORMED;
  }
  for (; from < end; from += 4, to += 3) {
    const a = value(from), b = value(from + 1), c = value(from + 2), d = value(from + 3);
    if (((a | b | c | d) & 64) != 0) return MALFORMED;
    const group = (a << 18) | (b << 12) | (c << 6) | d;
    store<u8>(to, group >> 16);
    store<u8>(to, group >> 8, 1);
    store<u8>(to, group, 2);
  }
  if (tail != 0) {
    const a = value(from), b = value(from + 1), c = tail == 3 ? value(from + 2) : 0;
    if (((a | b | c) & 64) != 0) return MALFORMED;
    const group = (a << 12) | (b << 6) | c;
    store<u8>(to++, group >> 10);
    if (tail == 3) {
      if ((c & 3) != 0) return MALFORMED;
      store<u8>(to++, group >> 2);
    } else if ((b & 15) != 0) return MALFORMED;
  }
  return <i32>(to - start);
}

/** Encodes 32 bytes to 43 characters. */
export function encodeDigest(to: usize, from: usize): void {
  for (let i: usize = 0; i < 43; i++) {
    const bit = i * 6, at = from + (bit >> 3);
    const pair = (<u32>load<u8>(at) << 8) | (bit < 248 ? <u32>load<u8>(at, 1) : 0);
    store<u8>(to + i, character((pair >> (10 - (<u32>bit & 7))) & 63));
  }
}

function character(value: u32): u32 {
  if (value < 26) return value + 0x41;
  if (value < 52) return value + 0x47;
  if (value < 62) return value - 4;
  return value == 62 ? 0x2d : 0x5f;
}
