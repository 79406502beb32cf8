/**
 * The form in which a shard is stored. A version that cannot read what another one has written refuses it: a hash chain, a proof
 * or a revocation that is read wrongly is worse than no answer. No version converts a shard.
 */
import { createTables, readMark, setMark } from "./tables.ts";

/** Raised with every change by which this version reads wrongly what an older one has written, or an older one what this one writes. */
export const FORMAT = 2;

/** @throws Error if the shard has another format: nothing of it is changed */
export function openTables(shard: string, sql: SqlStorage): void {
  const format = formatOf(sql) ?? FORMAT;
  if (format !== FORMAT) {
    const version = format < FORMAT ? "an older version" : "a newer version";
    throw new Error(
      `shard ${shard} is in format ${format}, of ${version}; this version reads format ${FORMAT}: see docs/operate.md#the-ledgers-format`,
    );
  }
  createTables(sql);
  if (readMark(sql, "format") === undefined) setMark(sql, "format", FORMAT);
}

/** @returns undefined of a shard in which nothing was ever stored */
function formatOf(sql: SqlStorage): number | undefined {
  const columns = (table: string): string[] =>
    sql
      .exec<{ name: string }>("SELECT name FROM pragma_table_info(?)", table)
      .toArray()
      .map(({ name }) => name);
  if (columns("entries").length === 0) return undefined;
  const marked = columns("marks").length === 0 ? undefined : readMark(sql, "format");
  // Format 1 was written before it had its number; what came before it kept no end of a task.
  return marked ?? (columns("tasks").includes("until") ? 1 : 0);
}
