/**
 * base64url without padding (RFC 4648, sections 3.5 and 5; RFC 7515, appendix C), strict: no other alphabet, no
 * padding, no white space, and the bits that a last character does not need are zero. So every byte string has
 * exactly one encoding, and two tokens that differ as text differ as bytes.
 */

/** Value of each ASCII character, 64 where it has none. */
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

/** Decodes `length` characters to `to`; the number of bytes written (3/4 of `length`), or MALFORMED. */
export function decodeBase64url(to: usize, from: usize, length: u32): i32 {
  const tail = length & 3;
  if (tail == 1) return MALFORMED;
  const start = to, end = from + length - tail;
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
