/**
 * Ed25519 verification with one accept set (docs/ed25519.md): RFC 8032, section 5.1.7, cofactorless
 * ([S]B = R + [k]A), with canonical encodings (S < L, y < p) and no A or R of small order.
 *
 * A verification has two halves. `combine` computes R' = [S]B - [k]A; `settle` compares the encodings of all points that
 * wait with their R. In between the points share one inversion (Montgomery's trick), which is half of what a signature
 * by a known key costs.
 */
import { chooseArithmetic } from "./arithmetic";
import { isCanonicalY, isSmallOrderY } from "./encoding";
import { copy, FIELD_BYTES, multiply } from "./field";
import { addCached, cache, double, enter, GROUP_BYTES, identity, leave, subtractCached } from "./group";
import { invert } from "./inversion";
import { forgetKeys, keyTable } from "./keys";
import { ARGUMENTS, GROUP, MAX_WAITING, NEGATED, WAITING } from "./memory";
import { decode, encode, negatePoint, Z } from "./point";
import { isReduced, reduce, toDigits, toNaf } from "./scalar";
import { sha512Finish, sha512Start, sha512Update } from "./sha512";
import { addMultiple, BASE_ROWS, BASE_WIDTH, baseTable, forgetBaseTable, KEY_ROWS, KEY_WIDTH } from "./tables";

/** Arguments of one verification: A, R, S, then the digest SHA-512(R || A || M). */
export const PUBLIC_KEY: usize = ARGUMENTS;
export const SIGNATURE: usize = ARGUMENTS + 32;
export const DIGEST: usize = ARGUMENTS + 96;
const K: usize = ARGUMENTS + 192;
const ENCODED: usize = ARGUMENTS + 256;
const DIGITS: usize = ARGUMENTS + 512;
const DIGITS_S: usize = ARGUMENTS + 768;

/** Unknown keys: non-adjacent form of width 5 over 8 odd multiples of -A. */
const NAF_WIDTH: u32 = 5;
const POINT = GROUP + GROUP_BYTES;
const TWICE = POINT + GROUP_BYTES;
const ODD = TWICE + GROUP_BYTES;

/** A point that waits: X, Y, Z, T of the integer path, then R, then the product of all Z before it. */
const RIVAL: usize = 160;
const PRODUCT: usize = 192;
const WAITING_BYTES: usize = 256;
const RUNNING: usize = WAITING + <usize>MAX_WAITING * WAITING_BYTES;
const INVERSE: usize = RUNNING + FIELD_BYTES;

let waiting: u32 = 0;
let chosen: bool = false;

/** Takes the fused path (see group.ts) if it is allowed, and forgets every table. Returns whether it is taken. */
export function useArithmetic(fusedAllowed: bool): bool {
  forgetBaseTable();
  forgetKeys();
  chosen = true;
  return chooseArithmetic(fusedAllowed);
}

/** Clears the waiting points. */
export function startSignatures(): void {
  if (!chosen) useArithmetic(true);
  waiting = 0;
}

/** What the accept set asks of the encodings of A, R and S alone: native verifiers omit some of it. */
export function areEncodingsSound(): bool {
  const R = SIGNATURE, S = SIGNATURE + 32;
  return isReduced(S) && isCanonicalY(R) && !isSmallOrderY(R) && isCanonicalY(PUBLIC_KEY) && !isSmallOrderY(PUBLIC_KEY);
}

/**
 * Computes R' for SIGNATURE under PUBLIC_KEY and the SHA-512(R || A || M) in DIGEST, and lets it wait.
 * False if the encodings alone refuse the signature.
 */
export function combine(): bool {
  const R = SIGNATURE, S = SIGNATURE + 32;
  if (!isReduced(S) || !isCanonicalY(R) || isSmallOrderY(R)) return false;
  const table = keyTable(PUBLIC_KEY);
  if (table == 0 && !decode(NEGATED, PUBLIC_KEY)) return false;

  reduce(K, DIGEST);
  identity(POINT);
  if (table != 0) {
    toDigits(DIGITS, K, KEY_WIDTH, KEY_ROWS);
    addMultiple(POINT, table, DIGITS, KEY_WIDTH, KEY_ROWS);
    toDigits(DIGITS, S, BASE_WIDTH, BASE_ROWS);
    addMultiple(POINT, baseTable(), DIGITS, BASE_WIDTH, BASE_ROWS);
  } else {
    negatePoint(NEGATED, NEGATED);
    combineByDoubling(S);
  }

  const place = WAITING + <usize>waiting * WAITING_BYTES;
  waiting++;
  leave(place, POINT);
  memory.copy(place + RIVAL, R, 32);
  return true;
}

/** POINT = [S]B + [k](-A) for a key without a table: one run of doublings for both (Straus). */
function combineByDoubling(S: usize): void {
  enter(POINT, NEGATED);
  double(TWICE, POINT);
  cache(ODD, POINT);
  for (let i: usize = 1; i < 8; i++) {
    addCached(POINT, TWICE, ODD + (i - 1) * GROUP_BYTES);
    cache(ODD + i * GROUP_BYTES, POINT);
  }
  const base = baseTable();
  toNaf(DIGITS, K, NAF_WIDTH);
  toNaf(DIGITS_S, S, BASE_WIDTH);
  identity(POINT);
  let top: isize = 255;
  while (top >= 0 && (load<i8>(DIGITS + top) | load<i8>(DIGITS_S + top)) == 0) top--;
  for (let i = top; i >= 0; i--) {
    double(POINT, POINT);
    const k = <i32>load<i8>(DIGITS + i), s = <i32>load<i8>(DIGITS_S + i);
    if (k != 0) addOdd(k, ODD + <usize>(abs(k) >> 1) * GROUP_BYTES);
    // The first row of B's table holds all multiples, the odd ones among them.
    if (s != 0) addOdd(s, base + <usize>(abs(s) - 1) * GROUP_BYTES);
  }
}

// @ts-ignore: decorator
@inline
function addOdd(digit: i32, multiple: usize): void {
  if (digit > 0) addCached(POINT, POINT, multiple);
  else subtractCached(POINT, POINT, multiple);
}

/**
 * Compares all that wait. Equal encodings are equal points, so this also shows that R is canonical. Returns the index
 * of the first that differs, or the number of points.
 */
export function settle(): u32 {
  if (waiting == 0) return 0;
  // No Z is 0, because the formulas are complete, so one product covers all.
  for (let i: u32 = 0; i < waiting; i++) {
    const place = WAITING + <usize>i * WAITING_BYTES;
    if (i == 0) copy(RUNNING, place + Z);
    else {
      copy(place + PRODUCT, RUNNING);
      multiply(RUNNING, RUNNING, place + Z);
    }
  }
  invert(RUNNING, RUNNING);
  let first = waiting;
  for (let i = <i32>waiting - 1; i >= 0; i--) {
    const place = WAITING + <usize>i * WAITING_BYTES;
    if (i == 0) copy(INVERSE, RUNNING);
    else {
      multiply(INVERSE, RUNNING, place + PRODUCT);
      multiply(RUNNING, RUNNING, place + Z);
    }
    encode(ENCODED, place, INVERSE);
    if (memory.compare(ENCODED, place + RIVAL, 32) != 0) first = i;
  }
  waiting = 0;
  return first;
}

/** Begins SHA-512(R || A || M); the message follows by `sha512Update`, and `finishDigest` puts the hash into DIGEST. */
export function startDigest(): void {
  sha512Start();
  sha512Update(SIGNATURE, 32);
  sha512Update(PUBLIC_KEY, 32);
}

export function finishDigest(): void {
  sha512Finish(DIGEST);
}
