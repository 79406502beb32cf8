/**
 * Tables of multiples, so that a product needs no doublings: row i holds 1, 2, ..., 2^(w - 1) times 2^(w i) P as cached
 * points, and a scalar's i-th signed digit picks one entry of row i.
 *
 * B has rows of width 8 (32 rows of 128). A public key has rows of width 6 (43 rows of 32): wider ones save additions and
 * lose them again to cache misses.
 */
import { addCached, cache, double, enter, GROUP_BYTES, subtractCached } from "./group";
import { BASE_TABLE, GROUP } from "./memory";

export const BASE_WIDTH: u32 = 8;
export const KEY_WIDTH: u32 = 6;
export const BASE_ROWS: u32 = 32;
export const KEY_ROWS: u32 = 43;

const POINT = GROUP;

/** The base point (RFC 8032, section 5.1) in the form of point.ts: x, y, 1, xy. */
const BASE = memory.data<i32>([
  52811034, 25909283, 16144682, 17082669, 27570973, 30858332, 40966398, 8378388, 20764389, 8758491,
  40265304, 26843545, 13421772, 20132659, 26843545, 6710886, 53687091, 13421772, 40265318, 26843545,
  1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  28827043, 27438313, 39759291, 244362, 8635006, 11264893, 19351346, 13413597, 16611511, 27139452,
]);

let baseReady: bool = false;

/** Writes the table of an integer-path point; the point is not changed. */
export function buildTable(table: usize, integerPoint: usize, width: u32, rows: u32): void {
  enter(POINT, integerPoint);
  const entries: u32 = 1 << (width - 1);
  for (let row: u32 = 0; row < rows; row++) {
    const first = table;
    for (let i: u32 = 0; i < entries; i++, table += GROUP_BYTES) {
      if (i > 0) addCached(POINT, POINT, first);
      cache(table, POINT);
    }
    double(POINT, POINT); // 2 * 2^(w - 1) = 2^w
  }
}

/** The table of B, built when it is first needed. */
export function baseTable(): usize {
  if (!baseReady) {
    buildTable(BASE_TABLE, BASE, BASE_WIDTH, BASE_ROWS);
    baseReady = true;
  }
  return BASE_TABLE;
}

export function forgetBaseTable(): void {
  baseReady = false;
}

/** Bytes that `touch` has read; never used. */
let touched: u64 = 0;

/**
 * Reads a byte of every cache line of an entry that is needed soon: a row is chosen by a digit that no prefetcher can
 * guess, and a miss would otherwise stall the whole addition. The sum keeps the loads from being optimized away.
 */
// @ts-ignore: decorator
@inline
function touch(entry: usize): void {
  touched += load<u64>(entry) + load<u64>(entry, 64) + load<u64>(entry, 128);
}

// @ts-ignore: decorator
@inline
function digitAt(digits: usize, row: usize): i32 {
  return load<i16>(digits + (row << 1));
}

/** The entry for a digit of a row; for 0, which adds nothing, the first. */
// @ts-ignore: decorator
@inline
function entryFor(row: usize, digit: i32): usize {
  return row + <usize>max(abs(digit) - 1, 0) * GROUP_BYTES;
}

/** point += sum of the entries that the signed digits pick: `rows` of them, each at most 2^(w - 1) in magnitude. */
export function addMultiple(point: usize, table: usize, digits: usize, width: u32, rows: u32): void {
  const rowBytes = GROUP_BYTES << (width - 1);
  let digit = digitAt(digits, 0);
  let entry = entryFor(table, digit);
  for (let row: usize = 1; row <= rows; row++, table += rowBytes) {
    // There is no row after the last, so its own entry is touched again.
    const nextDigit = row < rows ? digitAt(digits, row) : 0;
    const nextEntry = row < rows ? entryFor(table + rowBytes, nextDigit) : entry;
    touch(nextEntry);
    if (digit > 0) addCached(point, point, entry);
    else if (digit < 0) subtractCached(point, point, entry);
    digit = nextDigit;
    entry = nextEntry;
  }
}
