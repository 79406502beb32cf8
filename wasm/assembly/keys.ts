/**
 * Public keys that come back: their tables, in KEY_SLOTS slots, least recently used first out, found by the exact 32
 * bytes of the key.
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
export const KEY_TABLE_BYTES: usize = GROUP_BYTES * (16 * 51);
const USES_BEFORE_TABLE: u32 = 4;

/** A slot of the directory: the key, and when it was last used. */
const ENTRY_BYTES: usize = 40;
/** A candidate: the key, and how often it was admitted. Placed by its first bytes; a newcomer takes the place. */
const CANDIDATE_COUNT: u32 = 256;

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
  const candidate = CANDIDATES + <usize>(load<u32>(key) % CANDIDATE_COUNT) * ENTRY_BYTES;
  const uses = sameBytes(candidate, key) ? load<u64>(candidate, 32) + 1 : 1;
  memory.copy(candidate, key, 32);
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

function oldestSlot(): usize {
  let oldest: usize = 0;
  for (let slot: usize = 1; slot < KEY_SLOTS; slot++) {
    if (load<u64>(KEY_DIRECTORY + slot * ENTRY_BYTES, 32) < load<u64>(KEY_DIRECTORY + oldest * ENTRY_BYTES, 32)) oldest = slot;
  }
  return oldest;
}

export function forgetKeys(): void {
  memory.fill(KEY_DIRECTORY, 0, KEY_SLOTS * ENTRY_BYTES);
  memory.fill(CANDIDATES, 0, CANDIDATE_COUNT * ENTRY_BYTES);
}
