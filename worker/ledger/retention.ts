/** How long a shard keeps entries: the long-term store has them all. */
import { firstSince } from "./times.ts";

/** Entries that are removed at a time. */
const STEP = 1000;

/**
 * Removes entries that are older than they need be and in the long-term store. What is left of a task holds the hash of what was
 * before it.
 *
 * @param before milliseconds since the epoch
 * @param archived number of the last entry that the long-term store has
 */
export function removeOld(before: number, archived: number, sql: SqlStorage): void {
  // The last one stays: the next is numbered after it.
  const { last } = sql.exec<{ last: number | null }>("SELECT max(at) AS last FROM entries").one();
  const first = Math.min(firstSince(before * 1000, sql), archived + 1, last ?? 0);
  sql.exec("DELETE FROM entries WHERE at IN (SELECT at FROM entries WHERE at < ? ORDER BY at LIMIT ?)", first, STEP);
}
