/** The memories of a shard, one row each, changed in the commit that admits the request. */

import { removeRows, type Steps } from "../steps.ts";
import type { Kept, Unremembered } from "./admission.ts";
import { changed, changesNothing, type Memory, type MemoryUse, NOTHING } from "./memory.ts";

export interface Memories {
  read(owner: string): Memory;
  /**
   * Changes a memory if the policies have read this version and the change fits into it; else writes nothing.
   *
   * @returns the memory now, or why it was not changed
   */
  change(use: MemoryUse, now: number): Kept | Unremembered;
  /** @param before milliseconds since the epoch: memories that have not changed since are forgotten */
  forget(before: number): Steps;
}

/** @param sql with the table `memory` (tables.ts) */
export function createMemories(sql: SqlStorage): Memories {
  const read = (owner: string): Memory => {
    const [row] = sql
      .exec<{ version: number; sums: string; labels: string }>(
        "SELECT version, sums, labels FROM memory WHERE owner = ?",
        owner,
      )
      .toArray();
    return row === undefined
      ? NOTHING
      : { version: row.version, sums: JSON.parse(row.sums), labels: JSON.parse(row.labels) };
  };
  return {
    read,
    change(use, now) {
      const before = read(use.owner);
      if (use.seen !== undefined && use.seen !== before.version)
        return { admitted: false, why: "memory_moved", memory: before };
      const next = changed(before, use);
      if (next === undefined) return { admitted: false, why: "memory_full" };
      if (changesNothing(use)) return { admitted: true, memory: before };
      // From the clock, so that a memory that was forgotten and begins again never has an earlier version number.
      const version = Math.max(before.version + 1, now);
      sql.exec(
        "INSERT OR REPLACE INTO memory VALUES (?, ?, ?, ?, ?)",
        use.owner,
        version,
        now,
        JSON.stringify(next.sums),
        JSON.stringify(next.labels),
      );
      return { admitted: true, memory: { ...next, version } };
    },
    forget: (before) =>
      removeRows(
        sql,
        "DELETE FROM memory WHERE owner IN (SELECT owner FROM memory WHERE changed < ? LIMIT ?) RETURNING 1",
        before,
      ),
  };
}
