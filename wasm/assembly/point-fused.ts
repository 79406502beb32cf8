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
import { carry, fromLimbs, storeCarried, toLimbs } from "./pair";
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
/** The sign bit of lane 0 alone. */
const SIGN = memory.data<u64>([0x8000000000000000, 0]);

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
