/** The memories of a shard, a row each: changed in the commit that admits the request. */
import type { Remembered } from "../policy/memory.ts";
import { changed, type Memory, type MemoryUse, NOTHING } from "./memory.ts";

export interface Memories {
  read(owner: string): Memory;
  /**
   * What the memory will be. Writes nothing.
   *
   * @returns "moved" where the policies have judged by another version, "full" where the change does not go into it
   */
  judge(use: MemoryUse): Remembered | "moved" | "full";
  write(owner: string, next: Remembered, now: number): void;
  /** @param before milliseconds since the epoch: what has not changed since then */
  forget(before: number): void;
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
    judge(use) {
      const before = read(use.owner);
      if (use.seen !== undefined && use.seen !== before.version) return "moved";
      return changed(before, use) ?? "full";
    },
    write(owner, { sums, labels }, now) {
      // By the clock, so that a memory that was forgotten and began anew never has a version that somebody has seen.
      const version = Math.max(read(owner).version + 1, now);
      sql.exec(
        "INSERT OR REPLACE INTO memory VALUES (?, ?, ?, ?, ?)",
        owner,
        version,
        now,
        JSON.stringify(sums),
        JSON.stringify(labels),
      );
    },
    forget(before) {
      sql.exec("DELETE FROM memory WHERE changed < ?", before);
    },
  };
}
