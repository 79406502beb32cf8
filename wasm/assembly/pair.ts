/** Pairs of field elements (field-fused.ts): carrying sums of them, and the way from and to the integers of field.ts. */

/** As bits: 1.5 * 2^103, then 2^-51 and 19 * 2^-51. */
const ROUND = memory.data<u64>([0x4668000000000000, 0x4668000000000000]);
const SCALE = memory.data<u64>([0x3cc0000000000000, 0x3cc0000000000000, 0x3d03000000000000, 0x3d03000000000000]);

/** The multiples of 2^51 in five limbs below 2^53: rounding at 1.5 * 2^103 leaves them, exactly. */
// @ts-ignore: decorator
@inline
function excess(x: v128, c: v128): v128 {
  return f64x2.sub(f64x2.add(x, c), c);
}

/** Brings limbs below 2^53 back to 2^50 + 2^3: what a limb has over a multiple of 2^51 goes up. All steps are exact. */
// @ts-ignore: decorator
@inline
export function storeCarried(pair: usize, x0: v128, x1: v128, x2: v128, x3: v128, x4: v128): void {
  const c = v128.load(ROUND), scale = v128.load(SCALE), wrap = v128.load(SCALE, 16);
  const k0 = excess(x0, c), k1 = excess(x1, c), k2 = excess(x2, c), k3 = excess(x3, c), k4 = excess(x4, c);
  v128.store(pair, f64x2.add(f64x2.sub(x0, k0), f64x2.mul(k4, wrap)), 0);
  v128.store(pair, f64x2.add(f64x2.sub(x1, k1), f64x2.mul(k0, scale)), 16);
  v128.store(pair, f64x2.add(f64x2.sub(x2, k2), f64x2.mul(k1, scale)), 32);
  v128.store(pair, f64x2.add(f64x2.sub(x3, k3), f64x2.mul(k2, scale)), 48);
  v128.store(pair, f64x2.add(f64x2.sub(x4, k4), f64x2.mul(k3, scale)), 64);
}

export function carry(pair: usize): void {
  storeCarried(
    pair, v128.load(pair, 0), v128.load(pair, 16), v128.load(pair, 32), v128.load(pair, 48), v128.load(pair, 64),
  );
}

/** Limb i of 51 bits is limb 2i of 26 bits and limb 2i + 1 of 25 bits of the integer path. */
export function fromLimbs(pair: usize, lane: usize, element: usize): void {
  for (let i: usize = 0; i < 5; i++) {
    const low: i64 = load<i32>(element + (i << 3)), up: i64 = load<i32>(element + (i << 3), 4);
    store<f64>(pair + (i << 4) + (lane << 3), <f64>(low + (up << 26)));
  }
}

export function toLimbs(element: usize, pair: usize, lane: usize): void {
  for (let i: usize = 0; i < 5; i++) {
    const limb = <i64>load<f64>(pair + (i << 4) + (lane << 3));
    const low = ((limb + (1 << 25)) & 0x3ffffff) - (1 << 25);
    store<i32>(element + (i << 3), <i32>low);
    store<i32>(element + (i << 3), <i32>((limb - low) >> 26), 4);
  }
}
