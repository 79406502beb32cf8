/**
 * Which 32 bytes can encode a point. The checks read only bytes, so that the same code checks `A` and `R` on either
 * arithmetic.
 */

/** Little-endian y of the points whose order divides 8: 0, 1, p - 1, and the two of order 8. */
const SMALL_ORDER_Y = memory.data<u64>([
  0, 0, 0, 0,
  1, 0, 0, 0,
  0xffffffffffffffec, 0xffffffffffffffff, 0xffffffffffffffff, 0x7fffffffffffffff,
  0xb027b2c28f95e826, 0xf098eff289f4c345, 0x3933c6d305acdfd5, 0x05fc536d880238b1,
  0x4fd84d3d706a17c7, 0x0f67100d760b3cba, 0xc6cc392cfa53202a, 0x7a03ac9277fdc74e,
]);
const SMALL_ORDER_COUNT: usize = 5;

/** Whether y < p = 2^255 - 19. The sign bit is ignored. */
export function isCanonicalY(encoded: usize): bool {
  return (load<u64>(encoded, 24) | 0x8000000000000000) != u64.MAX_VALUE
    || (load<u64>(encoded, 16) & load<u64>(encoded, 8)) != u64.MAX_VALUE
    || load<u64>(encoded) < 0xffffffffffffffed;
}

/** Whether y is that of a point of order 1, 2, 4 or 8, under either sign. Takes canonical y only. */
export function isSmallOrderY(encoded: usize): bool {
  for (let i: usize = 0; i < SMALL_ORDER_COUNT; i++) {
    const y = SMALL_ORDER_Y + (i << 5);
    if (
      load<u64>(encoded) == load<u64>(y) && load<u64>(encoded, 8) == load<u64>(y, 8) &&
      load<u64>(encoded, 16) == load<u64>(y, 16) &&
      (load<u64>(encoded, 24) & 0x7fffffffffffffff) == load<u64>(y, 24)
    ) return true;
  }
  return false;
}

/** Whether two runs of 32 bytes are the same. */
// @ts-ignore: decorator
@inline
export function sameBytes(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8)
    && load<u64>(a, 16) == load<u64>(b, 16) && load<u64>(a, 24) == load<u64>(b, 24);
}
