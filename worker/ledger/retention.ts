/** Removes old entries, tasks and their parties from a shard; the long-term store keeps them all. */
import { readMark, setMark } from "./tables.ts";
import { firstSince } from "./times.ts";

/** Most rows that a step removes or reads. */
const STEP = 100;

export interface Past {
  /** Milliseconds since the epoch: older entries are removed. */
  readonly before: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Number of the last entry that the long-term store has. */
  readonly archived: number;
}

/**
 * One step, in one transaction.
 *
 * @returns the identities of removed tasks, and whether there are more old entries
 */
export function removeSome(past: Past, sql: SqlStorage): { readonly gone: readonly string[]; readonly more: boolean } {
  const more = removeOldEntries(past, sql);
  // If no entry was ever removed, each task still has its last.
  if (oldestEntry(sql) <= 1) return { gone: [], more };
  const gone = removeIdleTasks(past.now, sql);
  removeIdleParties(sql);
  return { gone, more };
}

/** The rest of a task contains the hash of the entry before it. @returns whether there are more */
function removeOldEntries({ before, archived }: Past, sql: SqlStorage): boolean {
  // The last one stays: the next is numbered after it.
  const { last } = sql.exec<{ last: number | null }>("SELECT max(at) AS last FROM entries").one();
  const first = Math.min(firstSince(before * 1000, sql), archived + 1, last ?? 0);
  sql.exec("DELETE FROM entries WHERE at IN (SELECT at FROM entries WHERE at < ? ORDER BY at LIMIT ?)", first, STEP);
  return oldestEntry(sql) < first;
}

/**
 * Removes, among the next tasks, those without entries and without a valid root; as long as a root is valid, its
 * requests continue the task's chain of hashes.
 *
 * @returns their identities
 */
function removeIdleTasks(now: number, sql: SqlStorage): string[] {
  const oldest = oldestEntry(sql);
  const tasks = sql
    .exec<{ n: number; task: string; head: number; until: number }>(
      "SELECT n, task, head, until FROM tasks WHERE n > ? ORDER BY n LIMIT ?",
      readMark(sql, "swept") ?? 0,
      STEP,
    )
    .toArray();
  setMark(sql, "swept", tasks.length < STEP ? 0 : (tasks.at(-1)?.n as number));
  // The last one stays, so that no number is reused: `taking_part` may still contain removed ones.
  const { last } = sql.exec<{ last: number | null }>("SELECT max(n) AS last FROM tasks").one();
  const idle = tasks.filter(({ n, head, until }) => head < oldest && until * 1000 < now && n !== last);
  sql.exec("DELETE FROM tasks WHERE n IN (SELECT value FROM json_each(?))", JSON.stringify(idle.map(({ n }) => n)));
  return idle.map(({ task }) => task);
}

/** Removes, among the next rows, those of removed tasks, and the parties that take part in no other. */
function removeIdleParties(sql: SqlStorage): void {
  const rows = sql
    .exec<{ parties: number; task: number; gone: number }>(
      `SELECT parties, task, task NOT IN (SELECT n FROM tasks) AS gone FROM taking_part
       WHERE (parties, task) > (?, ?) ORDER BY parties, task LIMIT ?`,
      ...[readMark(sql, "swept_parties") ?? 0, readMark(sql, "swept_task") ?? 0, STEP],
    )
    .toArray();
  const end = rows.length < STEP ? undefined : rows.at(-1);
  setMark(sql, "swept_parties", end?.parties ?? 0);
  setMark(sql, "swept_task", end?.task ?? 0);
  const gone = rows.filter((row) => row.gone === 1);
  for (const { parties, task } of gone)
    sql.exec("DELETE FROM taking_part WHERE parties = ? AND task = ?", parties, task);
  for (const parties of new Set(gone.map((row) => row.parties)))
    sql.exec(
      "DELETE FROM parties WHERE n = ?1 AND NOT EXISTS (SELECT 1 FROM taking_part WHERE taking_part.parties = ?1)",
      parties,
    );
}

/** Number of the first entry that is left. */
function oldestEntry(sql: SqlStorage): number {
  return sql.exec<{ oldest: number | null }>("SELECT min(at) AS oldest FROM entries").one().oldest ?? 0;
}
