/**
 * The group of edwards25519 on pairs of field elements: a point is the pairs (X, Y) and (Z, T), 160 bytes, so that a
 * doubling and an addition are four products of pairs (formulas: see point.ts). A cached point holds the pairs
 * (Y - X, Y + X) and (2Z, 2dT).
 *
 * Every operation leaves its point carried (field-fused.ts). The sums E, F, G, H of three or four carried values are at
 * most 2^52 + 2^15; F and H are carried once, which bounds the final products by |E F| < 2^51.1 * 2^50.1.
 */
import { FUSED } from "./memory";
import { multiply, multiplyBoth, PAIR_BYTES, squareAndMultiply } from "./field-fused";
import { T, X, Y, Z } from "./point";

const ZT: usize = PAIR_BYTES;

/** 2d in lane 1, 2 in lane 0: what turns (Z, T) into (2Z, 2dT). */
const TWO_D = memory.data<f64>([
  2, -391889346694823,
  0, 932731440258427,
  0, 1072319116312658,
  0, -435901477914249,
  0, 633789495995904,
]);
/** The sign bit of lane 0 alone; then, as bits: 1.5 * 2^103, 2^-51, 19 * 2^-51. */
const SIGN = memory.data<u64>([0x8000000000000000, 0]);
const ROUND = memory.data<u64>([0x4668000000000000, 0x4668000000000000]);
const SCALE = memory.data<u64>([0x3cc0000000000000, 0x3cc0000000000000, 0x3d03000000000000, 0x3d03000000000000]);

const A = FUSED;
const C = A + PAIR_BYTES;
const EG = C + PAIR_BYTES;
const FH = EG + PAIR_BYTES;
const GE = FH + PAIR_BYTES;

// @ts-ignore: decorator
@inline
function swap(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 0);
}
/** (x0, y0) */
// @ts-ignore: decorator
@inline
function firsts(x: v128, y: v128): v128 {
  return i64x2.shuffle(x, y, 0, 2);
}
/** (x1, y1) */
// @ts-ignore: decorator
@inline
function seconds(x: v128, y: v128): v128 {
  return i64x2.shuffle(x, y, 1, 3);
}

/** The multiples of 2^51 in five limbs below 2^53: rounding at 1.5 * 2^103 leaves them, exactly. */
// @ts-ignore: decorator
@inline
function excess(x: v128, c: v128): v128 {
  return f64x2.sub(f64x2.add(x, c), c);
}

/** Brings limbs below 2^53 back to 2^50 + 2^3: what a limb has over a multiple of 2^51 goes up. All steps are exact. */
// @ts-ignore: decorator
@inline
function storeCarried(pair: usize, x0: v128, x1: v128, x2: v128, x3: v128, x4: v128): void {
  const c = v128.load(ROUND), scale = v128.load(SCALE), wrap = v128.load(SCALE, 16);
  const k0 = excess(x0, c), k1 = excess(x1, c), k2 = excess(x2, c), k3 = excess(x3, c), k4 = excess(x4, c);
  v128.store(pair, f64x2.add(f64x2.sub(x0, k0), f64x2.mul(k4, wrap)), 0);
  v128.store(pair, f64x2.add(f64x2.sub(x1, k1), f64x2.mul(k0, scale)), 16);
  v128.store(pair, f64x2.add(f64x2.sub(x2, k2), f64x2.mul(k1, scale)), 32);
  v128.store(pair, f64x2.add(f64x2.sub(x3, k3), f64x2.mul(k2, scale)), 48);
  v128.store(pair, f64x2.add(f64x2.sub(x4, k4), f64x2.mul(k3, scale)), 64);
}

function carry(pair: usize): void {
  storeCarried(
    pair, v128.load(pair, 0), v128.load(pair, 16), v128.load(pair, 32), v128.load(pair, 48), v128.load(pair, 64),
  );
}

/** Files (E, G) of one limb, and (G, E) beside it. */
// @ts-ignore: decorator
@inline
function storeEG(i: usize, eg: v128): void {
  v128.store(EG + i, eg);
  v128.store(GE + i, swap(eg));
}

/** (X3, Y3) = (E F, G H), (Z3, T3) = (F G, H E), from EG, GE and FH. */
// @ts-ignore: decorator
@inline
function complete(out: usize): void {
  multiplyBoth(out, EG, FH, out + ZT, GE, FH);
}

/** (Y - X, Y + X) of one limb. */
// @ts-ignore: decorator
@inline
function differences(xy: v128, sign: v128): v128 {
  return f64x2.add(swap(xy), v128.xor(xy, sign));
}

/** One limb of E = B - A, G = D + C; returns F = D - C, H = B + A, of the products (A, B) and (D, C). */
// @ts-ignore: decorator
@inline
function sums(i: usize, sign: v128): v128 {
  const ab = v128.load(A + i), dc = v128.load(C + i);
  const ac = seconds(swap(ab), dc), bd = i64x2.shuffle(ab, dc, 1, 2);
  storeEG(i, f64x2.add(bd, v128.xor(ac, sign)));
  return f64x2.add(swap(bd), v128.xor(swap(ac), sign));
}

/** out = p + q for a cached q. */
export function addCached(out: usize, p: usize, q: usize): void {
  const sign = v128.load(SIGN);
  for (let i: usize = 0; i < PAIR_BYTES; i += 16) v128.store(EG + i, differences(v128.load(p + i), sign));
  multiplyBoth(A, EG, q, C, p + ZT, q + ZT);
  storeCarried(FH, sums(0, sign), sums(16, sign), sums(32, sign), sums(48, sign), sums(64, sign));
  complete(out);
}

/** The same with -q, which swaps Y - X with Y + X and turns the sign of T: the products are (B, A) and (D, -C). */
// @ts-ignore: decorator
@inline
function sumsMinus(i: usize): v128 {
  const ba = v128.load(A + i), dc = v128.load(C + i);
  const bd = firsts(ba, dc), ac = seconds(ba, dc);
  storeEG(i, f64x2.sub(bd, ac));
  return swap(f64x2.add(bd, ac));
}

/** out = p - q for a cached q. */
export function subtractCached(out: usize, p: usize, q: usize): void {
  const sign = v128.load(SIGN);
  for (let i: usize = 0; i < PAIR_BYTES; i += 16) v128.store(EG + i, swap(differences(v128.load(p + i), sign)));
  multiplyBoth(A, EG, q, C, p + ZT, q + ZT);
  storeCarried(FH, sumsMinus(0), sumsMinus(16), sumsMinus(32), sumsMinus(48), sumsMinus(64));
  complete(out);
}

/** One limb of E = -2XY, G = A - B; returns F = 2 Z^2 + G, H = A + B, of (X^2, Y^2) and (Z^2, XY). */
// @ts-ignore: decorator
@inline
function sumsDouble(i: usize, sign: v128): v128 {
  const ab = v128.load(A + i), zx = v128.load(C + i);
  const gh = f64x2.add(firsts(ab, ab), v128.xor(seconds(ab, ab), sign)); // (A - B, A + B)
  const twice = f64x2.add(zx, zx);                                       // (2 Z^2, 2XY)
  storeEG(i, v128.xor(i64x2.shuffle(twice, gh, 1, 2), sign));
  return f64x2.add(gh, firsts(twice, f64x2.splat(0)));
}

/** out = 2p. */
export function double(out: usize, p: usize): void {
  const sign = v128.load(SIGN);
  for (let i: usize = 0; i < PAIR_BYTES; i += 16) {
    const xy = v128.load(p + i), zt = v128.load(p + ZT + i);
    v128.store(EG + i, firsts(zt, xy));              // (Z, X)
    v128.store(FH + i, i64x2.shuffle(zt, xy, 0, 3)); // (Z, Y)
  }
  squareAndMultiply(A, p, C, EG, FH);
  storeCarried(
    FH, sumsDouble(0, sign), sumsDouble(16, sign), sumsDouble(32, sign), sumsDouble(48, sign), sumsDouble(64, sign),
  );
  complete(out);
}

export function cache(out: usize, p: usize): void {
  const sign = v128.load(SIGN);
  for (let i: usize = 0; i < PAIR_BYTES; i += 16) v128.store(out + i, differences(v128.load(p + i), sign));
  carry(out);
  multiply(out + ZT, p + ZT, TWO_D);
}

/** The neutral element (0, 1). */
export function identity(out: usize): void {
  memory.fill(out, 0, 2 * PAIR_BYTES);
  store<f64>(out, 1, 8);
  store<f64>(out + ZT, 1);
}

/** Limb i of 51 bits is limb 2i of 26 bits and limb 2i + 1 of 25 bits of the integer path. */
function fromLimbs(pair: usize, lane: usize, element: usize): void {
  for (let i: usize = 0; i < 5; i++) {
    const low: i64 = load<i32>(element + (i << 3)), up: i64 = load<i32>(element + (i << 3), 4);
    store<f64>(pair + (i << 4) + (lane << 3), <f64>(low + (up << 26)));
  }
}

function toLimbs(element: usize, pair: usize, lane: usize): void {
  for (let i: usize = 0; i < 5; i++) {
    const limb = <i64>load<f64>(pair + (i << 4) + (lane << 3));
    const low = ((limb + (1 << 25)) & 0x3ffffff) - (1 << 25);
    store<i32>(element + (i << 3), <i32>low);
    store<i32>(element + (i << 3), <i32>((limb - low) >> 26), 4);
  }
}

/** From a point of the integer path (point.ts), carried there or just decoded: limbs below 2^51 + 2^26. */
export function fromInteger(out: usize, p: usize): void {
  fromLimbs(out, 0, p + X);
  fromLimbs(out, 1, p + Y);
  fromLimbs(out + ZT, 0, p + Z);
  fromLimbs(out + ZT, 1, p + T);
  carry(out);
  carry(out + ZT);
}

/** To a point of the integer path: X, Y and Z only, all that an encoding needs. */
export function toInteger(out: usize, p: usize): void {
  toLimbs(out + X, p, 0);
  toLimbs(out + Y, p, 1);
  toLimbs(out + Z, p + ZT, 0);
}
