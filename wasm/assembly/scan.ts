/**
 * Looks for bytes sixteen at a time. Loads may read 15 bytes past the end, which are the core's own memory; matches
 * there do not count.
 */

/** The first place of `byte` from `from` on, or `end`. */
export function find(byte: u8, from: usize, end: usize): usize {
  const wanted = i8x16.splat(byte);
  for (; from < end; from += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(from), wanted));
    if (hits != 0) return min(from + <usize>ctz(hits), end);
  }
  return end;
}

/** The first place from `from` on of a byte that is not plain text in a JSON string: control, `"`, `\`, or not ASCII; or `end`. */
export function findSpecial(from: usize, end: usize): usize {
  const quote = i8x16.splat(0x22), backslash = i8x16.splat(0x5c), space = i8x16.splat(0x20);
  for (; from < end; from += 16) {
    const c = v128.load(from);
    // Signed: bytes from 0x80 on are below zero, and so below a space.
    const special = v128.or(v128.or(i8x16.eq(c, quote), i8x16.eq(c, backslash)), i8x16.lt_s(c, space));
    const hits = i8x16.bitmask(special);
    if (hits != 0) return min(from + <usize>ctz(hits), end);
  }
  return end;
}
