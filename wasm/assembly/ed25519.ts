/**
 * Ed25519 verification with one accept set (docs/ed25519.md): RFC 8032, section 5.1.7, cofactorless
 * ([S]B = R + [k]A), with canonical encodings (S < L, y < p) and no A or R of small order.
 */
import { ARGUMENTS } from "./memory";
import { isCanonicalY, isSmallOrderY } from "./encoding";
import { copy, fromSmall, multiply } from "./field";
import { addCached, cache, decode, double, encode, identity, negatePoint, POINT_BYTES, POINT_SCRATCH_END } from "./point";
import { isReduced, reduce, toNaf } from "./scalar";
import { sha512Finish, sha512Start, sha512Update } from "./sha512";

/** Arguments of one verification: A, R, S, then the digest SHA-512(R || A || M). */
export const PUBLIC_KEY: usize = ARGUMENTS;
export const SIGNATURE: usize = ARGUMENTS + 32;
export const DIGEST: usize = ARGUMENTS + 96;
const K: usize = ARGUMENTS + 192;
const ENCODED: usize = ARGUMENTS + 256;
const DIGITS_S: usize = ARGUMENTS + 512;
const DIGITS_K: usize = ARGUMENTS + 768;

/** The base point (RFC 8032, section 5.1), x and y. */
const BASE_X = memory.data<i32>([
  52811034, 25909283, 16144682, 17082669, 27570973, 30858332, 40966398, 8378388, 20764389, 8758491,
]);
const BASE_Y = memory.data<i32>([
  40265304, 26843545, 13421772, 20132659, 26843545, 6710886, 53687091, 13421772, 40265318, 26843545,
]);

/** Odd multiples for the two interleaved windows: 64 of B (width 8, built once), 8 of A (width 5). */
const WIDTH_B: u32 = 8;
const WIDTH_A: u32 = 5;
const P = POINT_SCRATCH_END;
const TWICE = P + POINT_BYTES;
const TABLE_A = TWICE + POINT_BYTES;
const TABLE_B = TABLE_A + (POINT_BYTES << (WIDTH_A - 2));

let baseReady: bool = false;

/** (P, 3P, 5P, ...): `count` cached points. Spends TWICE and the point itself. */
function oddMultiples(table: usize, point: usize, count: usize): void {
  double(TWICE, point, true);
  cache(table, point);
  for (let i: usize = 1; i < count; i++) {
    addCached(point, TWICE, table + (i - 1) * POINT_BYTES, false, true);
    cache(table + i * POINT_BYTES, point);
  }
}

function prepareBase(): void {
  copy(P, BASE_X);
  copy(P + 40, BASE_Y);
  fromSmall(P + 80, 1);
  multiply(P + 120, BASE_X, BASE_Y);
  oddMultiples(TABLE_B, P, 1 << (WIDTH_B - 2));
  baseReady = true;
}

// @ts-ignore: decorator
@inline
function addDigit(table: usize, digit: i32): void {
  if (digit > 0) addCached(P, P, table + <usize>(digit >> 1) * POINT_BYTES, false, true);
  else if (digit < 0) addCached(P, P, table + <usize>(-digit >> 1) * POINT_BYTES, true, true);
}

/** Whether SIGNATURE stands under PUBLIC_KEY for the message whose SHA-512(R || A || M) is in DIGEST. */
export function verifyDigest(): bool {
  const R = SIGNATURE, S = SIGNATURE + 32;
  if (!isReduced(S) || !isCanonicalY(R) || isSmallOrderY(R)) return false;
  if (!decode(P, PUBLIC_KEY)) return false;
  negatePoint(P, P);
  oddMultiples(TABLE_A, P, 1 << (WIDTH_A - 2));
  if (!baseReady) prepareBase();

  reduce(K, DIGEST);
  toNaf(DIGITS_S, S, WIDTH_B);
  toNaf(DIGITS_K, K, WIDTH_A);
  // R' = [S]B - [k]A (Straus): one run of doublings for both scalars. T is made only where an addition needs it.
  identity(P);
  for (let i: isize = 253; i >= 0; i--) {
    const s = <i32>load<i8>(DIGITS_S + i), k = <i32>load<i8>(DIGITS_K + i);
    double(P, P, (s | k) != 0);
    addDigit(TABLE_B, s);
    addDigit(TABLE_A, k);
  }
  // Equal encodings are equal points, and R is thereby the canonical encoding of one.
  encode(ENCODED, P);
  return memory.compare(ENCODED, R, 32) == 0;
}

/** As `verifyDigest`, of a message in memory. */
export function verify(message: usize, length: usize): bool {
  sha512Start();
  sha512Update(SIGNATURE, 32);
  sha512Update(PUBLIC_KEY, 32);
  sha512Update(message, length);
  sha512Finish(DIGEST);
  return verifyDigest();
}
