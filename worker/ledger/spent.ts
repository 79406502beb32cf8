/**
 * What was spent, for as long as it is valid: in memory, and on disk for a restart. A proof that belongs to an entry is
 * stored in the entry's row, so it needs no row of its own.
 */

import { removeRows, type Steps } from "../steps.ts";
import type { Single } from "./admission.ts";

/**
 * Milliseconds for which an entry's proofs must be remembered: `proof_window` is ten minutes at most, and clocks differ
 * by one.
 */
const ENTRY_MS = 11 * 60_000;
/** Milliseconds between two removals of expired ones. */
const FORGET_MS = 30_000;
/** Most names in memory that a step reads. */
const MOST_LOOKED = 5_000;

export interface Spent {
  has(name: string): boolean;
  /** Remembers it. @param inEntry whether the entry that is written with it stores it */
  add(single: Single, inEntry: boolean): void;
  /** Forgets what has expired. @param now milliseconds since the epoch */
  forgetExpired(now: number): Steps;
  /** Reads everything from disk again: after a failure, memory may be ahead of it. */
  reload(now: number): void;
}

export function createSpent(sql: SqlStorage): Spent {
  const known = new Map<string, number>();
  let forgot = 0;

  return {
    has: (name) => known.has(name),
    add({ name, expires }, inEntry) {
      known.set(name, expires);
      if (!inEntry) sql.exec("INSERT OR IGNORE INTO spent VALUES (?, ?)", expires, name);
    },
    *forgetExpired(now) {
      if (now - forgot < FORGET_MS) return;
      forgot = now;
      const seconds = Math.floor(now / 1000);
      let looked = 0;
      // A Map iterates in insertion order, so names that are added during the walk come last.
      for (const [name, expires] of known) {
        if (expires < seconds) known.delete(name);
        if (++looked % MOST_LOOKED === 0) yield;
      }
      yield* removeRows(
        sql,
        `DELETE FROM spent WHERE (expires, name) IN (SELECT expires, name FROM spent WHERE expires < ? LIMIT ?) RETURNING 1`,
        seconds,
      );
      yield* removeRows(
        sql,
        "DELETE FROM deliveries WHERE message IN (SELECT message FROM deliveries WHERE expires < ? LIMIT ?) RETURNING 1",
        seconds,
      );
    },
    reload(now) {
      known.clear();
      const seconds = Math.floor(now / 1000);
      for (const { name, expires } of sql.exec<{ name: string; expires: number }>("SELECT * FROM spent"))
        if (expires >= seconds) known.set(name, expires);
      const entries = sql.exec<{ written: number; singles: string | null }>(
        "SELECT written, singles FROM entries ORDER BY at DESC",
      );
      for (const { written, singles } of entries) {
        if (written < (now - ENTRY_MS) * 1000) break;
        if (singles === null) continue;
        for (const { name, expires } of JSON.parse(singles) as Single[]) known.set(name, expires);
      }
    },
  };
}

/** Whether a single may be stored in its entry's row; one that is valid for longer would be forgotten by a restart. */
export function fitsEntry({ expires }: Single, now: number): boolean {
  return expires * 1000 < now + ENTRY_MS;
}
