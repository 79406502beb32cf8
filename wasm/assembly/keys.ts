/**
 * Tables of recurring public keys, in KEY_SLOTS slots, least recently used first out, found by the exact 32 bytes of
 * the key.
 *
 * A table pays after about four uses, so a key gets one when it is admitted for the fourth time; until then it is a
 * candidate. Only `admitKey` counts, and the host calls it for keys that verified under a trusted root: a stranger can
 * neither fill the slots nor turn others out of them.
 */
import { sameBytes } from "./encoding";
import { GROUP_BYTES } from "./group";
import { CANDIDATES, KEY_DIRECTORY, KEY_TABLES, NEGATED } from "./memory";
import { decode, negatePoint } from "./point";
import { buildTable, KEY_ROWS, KEY_WIDTH } from "./tables";

export const KEY_SLOTS: u32 = 32;
export const KEY_TABLE_BYTES: usize = GROUP_BYTES * (32 * 43);
const USES_BEFORE_TABLE: u32 = 4;

/** A slot of the directory: the key, and when it was last used. */
const ENTRY_BYTES: usize = 40;
/** Candidates: key and uses, four to a set, the set by the key's first bytes. */
const CANDIDATE_SETS: u32 = 64;
const SET_SIZE: usize = 4;

let clock: u64 = 0;

/** The table of -A for this key, or 0; finding it counts as a use. */
export function keyTable(key: usize): usize {
  for (let slot: usize = 0; slot < KEY_SLOTS; slot++) {
    const entry = KEY_DIRECTORY + slot * ENTRY_BYTES;
    if (load<u64>(entry, 32) != 0 && sameBytes(entry, key)) {
      store<u64>(entry, ++clock, 32);
      return KEY_TABLES + slot * KEY_TABLE_BYTES;
    }
  }
  return 0;
}

/** Counts a use of a key that verified under a trusted root, and builds its table once that pays. */
export function admitKey(key: usize): void {
  if (keyTable(key) != 0) return;
  const candidate = candidateFor(key);
  const uses = load<u64>(candidate, 32) + 1;
  store<u64>(candidate, uses, 32);
  if (uses < USES_BEFORE_TABLE || !decode(NEGATED, key)) return;
  store<u64>(candidate, 0, 32);

  const slot = oldestSlot();
  const entry = KEY_DIRECTORY + slot * ENTRY_BYTES;
  negatePoint(NEGATED, NEGATED);
  buildTable(KEY_TABLES + slot * KEY_TABLE_BYTES, NEGATED, KEY_WIDTH, KEY_ROWS);
  memory.copy(entry, key, 32);
  store<u64>(entry, ++clock, 32);
}

/**
 * The key's own candidate, or a place for it: that of the least used in its set, while the others age. So no two keys
 * that share a set can keep each other at one use for ever, and stale ones make room.
 */
function candidateFor(key: usize): usize {
  const set = CANDIDATES + <usize>(load<u32>(key) % CANDIDATE_SETS) * (SET_SIZE * ENTRY_BYTES);
  let least = set;
  for (let i: usize = 0; i < SET_SIZE; i++) {
    const candidate = set + i * ENTRY_BYTES;
    if (sameBytes(candidate, key)) return candidate;
    if (load<u64>(candidate, 32) < load<u64>(least, 32)) least = candidate;
  }
  for (let i: usize = 0; i < SET_SIZE && load<u64>(least, 32) > 0; i++) {
    const candidate = set + i * ENTRY_BYTES;
    if (candidate != least) store<u64>(candidate, load<u64>(candidate, 32) - 1, 32);
  }
  memory.copy(least, key, 32);
  store<u64>(least, 0, 32);
  return least;
}

function oldestSlot(): usize {
  let oldest: usize = 0;
  for (let slot: usize = 1; slot < KEY_SLOTS; slot++) {
    if (load<u64>(KEY_DIRECTORY + slot * ENTRY_BYTES, 32) < load<u64>(KEY_DIRECTORY + oldest * ENTRY_BYTES, 32)) oldest = slot;
  }
  return oldest;
}

export function forgetKeys(): void {
  memory.fill(KEY_DIRECTORY, 0, KEY_SLOTS * ENTRY_BYTES);
  memory.fill(CANDIDATES, 0, <usize>CANDIDATE_SETS * SET_SIZE * ENTRY_BYTES);
}
