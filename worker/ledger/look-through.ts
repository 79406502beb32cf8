/**
 * Searches a shard's entries for requests by path and arguments. There is no index of these, because writing one would
 * cost every request. Entries are read by time, newest first, in steps of a bounded number of characters; requests are
 * admitted between steps.
 */
import { argumentsOf, type FoundRequest, type FoundRequests, isAskedFor, type RequestSearch } from "./asked.ts";
import { readRecord } from "./outcomes.ts";
import { unpack } from "./packed.ts";
import { type Stored, summaryOf } from "./summary.ts";
import { firstSince } from "./times.ts";

/** Characters of records after which a step ends; the last record may exceed it. */
const STEP_TEXT = 1_000_000;
/** Most steps of one search. */
const MOST_STEPS = 10;

/** One step in one shard: at least one entry. @throws UnreadableEntry */
export function lookThrough(wanted: RequestSearch, sql: SqlStorage): FoundRequests {
  const texts = textsOf(wanted);
  const found: FoundRequest[] = [];
  let text = 0;
  let reached: number | undefined;
  for (const row of entriesFrom(wanted, sql)) {
    if (text >= STEP_TEXT) return { found, reached };
    const told = unpack(row.record);
    text += told.length;
    reached = row.written;
    if (row.kind === "outcomes" || !mayContain(told, texts)) continue;
    const record = readRecord({ ...row, record: told });
    if ("outcomes" in record || "act" in record || !isAskedFor(record, wanted)) continue;
    found.push({ ...summaryOf(row), arguments: argumentsOf(record) });
    if (found.length === wanted.limit) return { found, reached };
  }
  return { found, reached: undefined };
}

/** Newest first. */
function entriesFrom({ since, before }: RequestSearch, sql: SqlStorage) {
  return sql.exec<Stored>(
    `SELECT written, entries.seq AS seq, kind, rule, record, tasks.task AS task, tasks.txn AS txn FROM entries JOIN tasks ON tasks.n = entries.task
     WHERE at >= ? AND at < ? ORDER BY at DESC`,
    firstSince(since, sql),
    firstSince(before, sql),
  );
}

/** Strings that the record of a wanted request must contain, so that most others need not be parsed. */
function textsOf({ path, arguments: given }: RequestSearch): string[] {
  return [...(path === undefined ? [] : [inJson(path)]), ...given.map(({ name }) => JSON.stringify(name))];
}

/** True for an entry that cannot be read: it may be the one that is asked for. */
function mayContain(record: string, texts: readonly string[]): boolean {
  return record === "" || texts.every((each) => record.includes(each));
}

/** A text as it appears inside a JSON string. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
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

/** Shards get to different times; entries older than the latest of these are left for the next step. */
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
