/** Finding entries of a shard: by decision, task, `txn`, party, outcome and time, newest first. */
import { type Found, type Search, type Stored, summaryOf } from "./summary.ts";
import { firstSince } from "./times.ts";

/** Most tasks that are searched one by one; beyond that, entries are searched by time. */
const FEW_TASKS = 500;
/** Most entries that one search reads. */
const MOST_STEPS = 20_000;

type Row = { at: number; before: number; kind: string; emergency: number; task: number; parties: number | null };

const COLUMNS = "at, before, kind, emergency, task, parties";
type Wanted = (row: Row) => boolean;

const FOUND = `SELECT written, entries.seq AS seq, kind, rule, record, tasks.task AS task, tasks.txn AS txn
  FROM entries JOIN tasks ON tasks.n = entries.task`;

export function search({ text, outcome, emergency, before, limit }: Search, sql: SqlStorage): Found[] {
  const below = before === undefined ? Number.MAX_SAFE_INTEGER : firstSince(before, sql);
  if (text === undefined) return byTime(outcome, emergency ?? false, below, limit, sql);
  const decision = sql.exec<{ at: number }>("SELECT at FROM entries WHERE id = ? AND at < ?", text, below).toArray();
  if (decision.length > 0)
    return read(
      decision.map(({ at }) => at),
      sql,
    );
  const isOf = aboutText(text, sql);
  const wanted: Wanted = (row) =>
    isOf(row) &&
    row.kind !== "outcomes" &&
    (outcome === undefined || row.kind === outcome) &&
    (!emergency || row.emergency === 1);
  return read(byTask(text, wanted, below, limit, sql), sql);
}

/** Identity of the task whose ledger contains a decision. */
export function taskOfDecision(id: string, sql: SqlStorage): string | undefined {
  const [row] = sql
    .exec<{ task: string }>(
      "SELECT tasks.task AS task FROM entries JOIN tasks ON tasks.n = entries.task WHERE id = ?",
      id,
    )
    .toArray();
  return row?.task;
}

/** Identities of the tasks with this `txn`. */
export function tasksOf(txn: string, sql: SqlStorage): string[] {
  return sql
    .exec<{ task: string }>("SELECT task FROM tasks WHERE txn = ? AND txn <> ''", txn)
    .toArray()
    .map(({ task }) => task);
}

function byTime(
  outcome: string | undefined,
  emergency: boolean,
  below: number,
  limit: number,
  sql: SqlStorage,
): Found[] {
  const conditions = [
    "at < ?",
    outcome === undefined ? "kind <> 'outcomes'" : "kind = ?",
    ...(outcome === undefined || outcome === "allowed" ? [] : ["kind NOT IN ('allowed', 'outcomes')"]),
    ...(emergency ? ["emergency = 1"] : []),
  ];
  return sql
    .exec<Stored>(
      `${FOUND} WHERE ${conditions.join(" AND ")} ORDER BY at DESC LIMIT ?`,
      ...[below, ...(outcome === undefined ? [] : [outcome]), limit],
    )
    .toArray()
    .map(summaryOf);
}

// The index on `txn` leaves out empty ones; SQLite uses it only if the query does too
// (https://sqlite.org/partialindex.html).
const NAMED = "SELECT n FROM tasks WHERE task = ?1 OR (txn = ?1 AND txn <> '')";
const PARTIES = "SELECT n FROM parties WHERE instr(names, ?1) > 0";
const TASKS = `${NAMED} UNION SELECT task FROM taking_part WHERE parties IN (${PARTIES})`;

/** Every entry of a task that the text names; of other tasks, the entries with a party of that name. */
function aboutText(text: string, sql: SqlStorage): Wanted {
  const numbers = (query: string): Set<number | null> =>
    new Set(
      sql
        .exec<{ n: number }>(query, text)
        .toArray()
        .map(({ n }) => n),
    );
  const [named, parties] = [numbers(NAMED), numbers(PARTIES)];
  return (row) => named.has(row.task) || parties.has(row.parties);
}

function byTask(text: string, wanted: Wanted, below: number, limit: number, sql: SqlStorage): number[] {
  const some = sql.exec<{ n: number }>(`${TASKS} LIMIT ${FEW_TASKS + 1}`, text).toArray();
  if (some.length > FEW_TASKS) return amongMany(text, wanted, below, limit, sql);
  const heads = sql
    .exec<{ head: number }>(
      "SELECT head FROM tasks WHERE n IN (SELECT value FROM json_each(?))",
      JSON.stringify(some.map(({ n }) => n)),
    )
    .toArray();
  return mergeBackwards(
    heads.map(({ head }) => head),
    wanted,
    below,
    limit,
    sql,
  );
}

/** Follows each task from its last entry backwards, always the newest of them first. */
function mergeBackwards(
  heads: readonly number[],
  wanted: Wanted,
  below: number,
  limit: number,
  sql: SqlStorage,
): number[] {
  const next = [...heads].sort((a, b) => a - b);
  const found: number[] = [];
  for (let steps = 0; steps < MOST_STEPS && next.length > 0 && found.length < limit; steps++) {
    const [row] = sql.exec<Row>(`SELECT ${COLUMNS} FROM entries WHERE at = ?`, next.pop() as number).toArray();
    if (row === undefined) continue;
    if (row.at < below && wanted(row)) found.push(row.at);
    if (row.before > 0) next.splice(placeOf(row.before, next), 0, row.before);
  }
  return found;
}

/** The index at which a number belongs in a sorted list. */
function placeOf(at: number, sorted: readonly number[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function amongMany(text: string, wanted: Wanted, below: number, limit: number, sql: SqlStorage): number[] {
  const found: number[] = [];
  const rows = sql.exec<Row>(
    `SELECT ${COLUMNS} FROM (SELECT * FROM entries WHERE at < ?2 ORDER BY at DESC LIMIT ${MOST_STEPS})
     WHERE task IN (${TASKS}) ORDER BY at DESC`,
    ...[text, below],
  );
  for (const row of rows) {
    if (wanted(row)) found.push(row.at);
    if (found.length === limit) break;
  }
  return found;
}

function read(places: readonly number[], sql: SqlStorage): Found[] {
  return sql
    .exec<Stored>(`${FOUND} WHERE at IN (SELECT value FROM json_each(?)) ORDER BY at DESC`, JSON.stringify(places))
    .toArray()
    .map(summaryOf);
}
