/**
 * Looking through a shard's entries for requests that asked for something. There is no index of paths and arguments: writing one would
 * cost every request. Entries are read by their time, newest first, so many at a time that requests can be admitted in between.
 */
import { argumentsOf, type FoundRequest, type FoundRequests, isAskedFor, type RequestSearch } from "./asked.ts";
import { readRecord } from "./outcomes.ts";
import { type Stored, summaryOf } from "./summary.ts";
import { firstSince } from "./times.ts";

/** Entries that one step looks at. */
const STEP = 1000;
/** Steps of one question. */
const MOST_STEPS = 10;

/** One step in one shard. */
export function lookThrough(wanted: RequestSearch, sql: SqlStorage): FoundRequests {
  const [first, end] = [firstSince(wanted.since, sql), firstSince(wanted.before, sql)];
  const { from, entries } = sql
    .exec<{ from: number | null; entries: number }>(
      `SELECT min(at) AS "from", count(*) AS entries
       FROM (SELECT at FROM entries WHERE at >= ? AND at < ? ORDER BY at DESC LIMIT ${STEP})`,
      first,
      end,
    )
    .one();
  if (from === null) return { found: [], reached: undefined };
  const found: FoundRequest[] = [];
  for (const row of candidates(wanted, from, end, sql)) {
    const record = readRecord(row);
    if ("outcomes" in record || "act" in record || !isAskedFor(record, wanted)) continue;
    found.push({ ...summaryOf(row), arguments: argumentsOf(record) });
    if (found.length === wanted.limit) return { found, reached: row.written };
  }
  return { found, reached: entries < STEP ? undefined : writtenAt(from, sql) };
}

/** Entries whose text has the path and the names of the arguments, wherever: most others are not worth parsing. */
function candidates({ path, arguments: given }: RequestSearch, from: number, end: number, sql: SqlStorage) {
  const texts = [...(path === undefined ? [] : [inJson(path)]), ...given.map(({ name }) => JSON.stringify(name))];
  // `instr` compares characters: nothing in the text is a pattern to it.
  const conditions = ["at >= ?", "at < ?", "kind <> 'outcomes'", ...texts.map(() => "instr(record, ?) > 0")];
  return sql.exec<Stored>(
    `SELECT written, kind, rule, record, tasks.task AS task, tasks.txn AS txn FROM entries JOIN tasks ON tasks.n = entries.task
     WHERE ${conditions.join(" AND ")} ORDER BY at DESC`,
    from,
    end,
    ...texts,
  );
}

/** A text as it is inside a JSON string. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function writtenAt(at: number, sql: SqlStorage): number {
  return sql.exec<{ written: number }>("SELECT written FROM entries WHERE at = ?", at).one().written;
}

/** @param lookOnce one step in every shard */
export async function lookThroughAll(
  wanted: RequestSearch,
  lookOnce: (step: RequestSearch) => Promise<readonly FoundRequests[]>,
): Promise<FoundRequests> {
  const found: FoundRequest[] = [];
  let { before } = wanted;
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const limit = wanted.limit - found.length;
    const step = merge(await lookOnce({ ...wanted, before, limit }), limit);
    found.push(...step.found);
    if (step.reached === undefined) return { found, reached: undefined };
    before = step.reached;
    if (found.length >= wanted.limit) break;
  }
  return { found, reached: before };
}

/** Shards come different ways: what is older than the shortest of them is left for the next step. */
function merge(looks: readonly FoundRequests[], limit: number): FoundRequests {
  const covered = Math.max(0, ...looks.flatMap(({ reached }) => reached ?? []));
  const found = looks
    .flatMap((look) => look.found)
    .filter(({ written }) => written >= covered)
    .sort((a, b) => b.written - a.written);
  const last = found[limit - 1]?.written;
  // Entries of two shards may have been written in the same microsecond.
  if (last !== undefined && found.length > limit)
    return { found: found.filter(({ written }) => written >= last), reached: last };
  return { found, reached: covered === 0 ? undefined : covered };
}
