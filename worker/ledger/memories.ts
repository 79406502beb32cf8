/** The memories of a shard, a row each: changed in the commit that admits the request. */
import type { Kept, Unremembered } from "./admission.ts";
import { changed, changesNothing, type Memory, type MemoryUse, NOTHING } from "./memory.ts";
import { removeRows, type Steps } from "./steps.ts";

export interface Memories {
  read(owner: string): Memory;
  /**
   * Changes a memory, where the policies have judged by its version and the change goes into it; else writes nothing.
   *
   * @returns what it is now, or why it was not changed
   */
  change(use: MemoryUse, now: number): Kept | Unremembered;
  /** @param before milliseconds since the epoch: what has not changed since then */
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
      // By the clock, so that a memory that was forgotten and began anew never has a version that somebody has seen.
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
