/**
 * The group of edwards25519, -x^2 + y^2 = 1 + d x^2 y^2, in extended coordinates (X : Y : Z : T) with
 * x = X/Z, y = Y/Z, xy = T/Z (Hisil, Wong, Carter, Dawson, "Twisted Edwards Curves Revisited", 2008).
 *
 * A point is four field elements (160 bytes). A cached point holds (Y + X, Y - X, 2Z, 2dT), what an addition
 * needs of its second operand. The formulas are complete: no case of theirs fails for any pair of points.
 */
import {
  add, copy, equal, FIELD_BYTES, FIELD_SCRATCH_END, fromBytes, fromSmall, isOdd, multiply,
  negate, square, subtract, toBytes,
} from "./field";
import { isCanonicalY, isSmallOrderY } from "./encoding";
import { rootPower } from "./root";

export const POINT_BYTES: usize = 4 * FIELD_BYTES;
export const X: usize = 0;
export const Y: usize = FIELD_BYTES;
export const Z: usize = 2 * FIELD_BYTES;
export const T: usize = 3 * FIELD_BYTES;

/** d = -121665/121666, 2d and sqrt(-1) = 2^((p - 1) / 4) (RFC 8032, section 5.1). */
const D = memory.data<i32>([
  56195235, 13857412, 51736253, 6949390, 114729, 24766616, 60832955, 30306712, 48412415, 21499315,
]);
const D2 = memory.data<i32>([
  45281625, 27714825, 36363642, 13898781, 229458, 15978800, 54557047, 27058993, 29715967, 9444199,
]);
const ROOT = memory.data<i32>([
  34513072, 25610706, 9377949, 3500415, 12389472, 33281959, 41962654, 31548777, 326685, 11406482,
]);

const A = FIELD_SCRATCH_END;
const B = A + FIELD_BYTES;
const C = B + FIELD_BYTES;
const E = C + FIELD_BYTES;
const F = E + FIELD_BYTES;
const G = F + FIELD_BYTES;
const H = G + FIELD_BYTES;

/** The neutral element (0, 1). */
export function identity(out: usize): void {
  fromSmall(out + X, 0);
  fromSmall(out + Y, 1);
  fromSmall(out + Z, 1);
  fromSmall(out + T, 0);
}

export function cache(out: usize, p: usize): void {
  add(out + X, p + Y, p + X);
  subtract(out + Y, p + Y, p + X);
  add(out + Z, p + Z, p + Z);
  multiply(out + T, p + T, D2);
}

/** From the sums (E, F, G, H) of either formula to the point. */
// @ts-ignore: decorator
@inline
function complete(out: usize): void {
  multiply(out + X, E, F);
  multiply(out + Y, G, H);
  multiply(out + Z, F, G);
  multiply(out + T, E, H);
}

/** out = p + q, or p - q where `minus`, for a cached q (Hisil et al., section 3.1, "add-2008-hwcd-3"). */
// @ts-ignore: decorator
@inline
function addSigned(out: usize, p: usize, q: usize, minus: bool): void {
  subtract(A, p + Y, p + X);
  add(B, p + Y, p + X);
  multiply(A, A, minus ? q + X : q + Y);
  multiply(B, B, minus ? q + Y : q + X);
  multiply(C, p + T, q + T);
  multiply(H, p + Z, q + Z);
  if (minus) {
    add(F, H, C);
    subtract(G, H, C);
  } else {
    subtract(F, H, C);
    add(G, H, C);
  }
  subtract(E, B, A);
  add(H, B, A);
  complete(out);
}

export function addCached(out: usize, p: usize, q: usize): void {
  addSigned(out, p, q, false);
}

export function subtractCached(out: usize, p: usize, q: usize): void {
  addSigned(out, p, q, true);
}

/** out = 2p (Hisil et al., section 3.3, "dbl-2008-hwcd" with all signs turned). */
export function double(out: usize, p: usize): void {
  square(A, p + X);
  square(B, p + Y);
  square(C, p + Z);
  add(C, C, C);
  add(H, A, B);
  add(E, p + X, p + Y);
  square(E, E);
  subtract(E, H, E);
  subtract(G, A, B);
  add(F, C, G);
  complete(out);
}

/** -p. */
export function negatePoint(out: usize, p: usize): void {
  negate(out + X, p + X);
  copy(out + Y, p + Y);
  copy(out + Z, p + Z);
  negate(out + T, p + T);
}

/**
 * Decodes a public key (RFC 8032, section 5.1.3). False if the encoding is not canonical (y >= p, or a
 * sign on x = 0), where it is no point of the curve, and where the point has small order: such a key signs
 * everything and proves nothing. `from` is followed by at least 4 readable bytes.
 */
export function decode(out: usize, from: usize): bool {
  if (!isCanonicalY(from) || isSmallOrderY(from)) return false;
  const x = out + X, y = out + Y;
  fromBytes(y, from);
  fromSmall(out + Z, 1);
  square(A, y);
  multiply(B, A, D);
  subtract(A, A, out + Z);          // u = y^2 - 1
  add(B, B, out + Z);               // v = d y^2 + 1
  square(C, B);
  multiply(C, C, B);                // v^3
  square(E, C);
  multiply(E, E, B);                // v^7
  multiply(E, E, A);
  rootPower(E, E);
  multiply(E, E, C);
  multiply(x, E, A);                // x = u v^3 (u v^7)^((p - 5) / 8)
  square(F, x);
  multiply(F, F, B);                // v x^2
  if (!equal(F, A)) {
    negate(A, A);
    if (!equal(F, A)) return false; // u/v is no square
    multiply(x, x, ROOT);
  }
  // x = 0 needs no check of its own: its two points, y = 1 and y = p - 1, have small order.
  if (isOdd(x) != ((load<u8>(from, 31) >> 7) != 0)) negate(x, x);
  multiply(out + T, x, y);
  return true;
}

/** Encodes a point, given 1/Z (RFC 8032, section 5.1.2). */
export function encode(to: usize, p: usize, inverse: usize): void {
  multiply(B, p + X, inverse);
  multiply(C, p + Y, inverse);
  toBytes(to, C);
  if (isOdd(B)) store<u8>(to, load<u8>(to, 31) | 0x80, 31);
}
