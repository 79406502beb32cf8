/**
 * The long-term store: JSON lines of CloudEvents in R2, compressed. A shard writes its entries in order and remembers
 * how far it has come, so that none is left out; an object that is written again has the same name.
 */
import type { Waiting } from "./admission.ts";
import type { LedgerEntry } from "./entry.ts";
import { entryLine } from "./event.ts";
import { type AnyRecord, readRecord } from "./outcomes.ts";
import { type Packed, unpack } from "./packed.ts";
import { indexRecord } from "./summary.ts";
import { readMark, setMark } from "./tables.ts";
import { createUseCount } from "./uses.ts";

/** An entry that waits for the long-term store. */
interface Archived extends LedgerEntry {
  /** Its number in the shard. */
  readonly at: number;
  readonly task: string;
  /** When it was written, in microseconds since the epoch. */
  readonly written: number;
  /** Its record. */
  readonly read: AnyRecord;
}

export interface ArchiveEdges {
  /** The shard's name. */
  readonly shard: string;
  readonly storage: Pick<DurableObjectStorage, "sql" | "transactionSync">;
  readonly bucket: Pick<R2Bucket, "put">;
  /** Lets requests pass. */
  pause(milliseconds: number): Promise<unknown>;
}

/** Most entries of one object, and the number of characters in their records after which no more are added. */
const MOST = { entries: 500, text: 4_000_000 };
/** The same for one step: a millisecond of work. */
const STEP = { entries: 10, text: 40_000 };
/**
 * Milliseconds over which the steps are spread, however many entries wait: half the time for which entries are
 * collected.
 */
const SPREAD_MS = 1000;
/** Longest pause between two steps, in milliseconds. */
const MOST_PAUSE_MS = 50;

/**
 * Writes what waits to the long-term store, one object at a time; entries written after the call wait for the next one.
 */
export async function archiveWaiting(edges: ArchiveEdges): Promise<void> {
  const { sql } = edges.storage;
  const end = lastEntry(sql);
  let done = readMark(sql, "archived") ?? 0;
  const between = Math.min(MOST_PAUSE_MS, (SPREAD_MS * STEP.entries) / (end - done));
  const paced = { ...edges, pause: () => edges.pause(between) };
  while (done < end) done = await archiveObject(done, end, paced);
}

interface Paced extends ArchiveEdges {
  /** The pause between two steps. */
  pause(): Promise<unknown>;
}

/**
 * After the object is stored, one commit marks it as written and counts its entries as uses. If the process ends in
 * between, the object is written again.
 *
 * @returns the last entry of the object
 */
async function archiveObject(after: number, end: number, { shard, storage, bucket, pause }: Paced): Promise<number> {
  const uses = createUseCount();
  let first: Archived | undefined;
  let last = after;

  async function* steps(): AsyncGenerator<Uint8Array> {
    let { entries, text } = MOST;
    while (last < end && entries > 0 && text >= 0) {
      const some = readEntries({ after: last, end, most: Math.min(entries, STEP.entries) }, storage.sql);
      first ??= some[0];
      last = some.at(-1)?.at ?? end;
      for (const { task, read, record } of some) {
        uses.add(indexRecord(task, read));
        text -= record.length;
      }
      entries -= some.length;
      yield new TextEncoder().encode(some.map((entry) => entryLine(entry.task, entry, entry.read)).join(""));
      await pause();
    }
  }

  const bytes = await compress(steps());
  if (first !== undefined)
    await bucket.put(archiveKey(shard, first), bytes, { httpMetadata: { contentType: "application/gzip" } });
  storage.transactionSync(() => {
    uses.write(storage.sql);
    setMark(storage.sql, "archived", last);
  });
  return last;
}

/** `ledger/<year>/<month>/<day>/<shard>-<number of the first entry>.jsonl.gz`: the same object however often it is written. */
function archiveKey(shard: string, { at, written }: Archived): string {
  const day = new Date(written / 1000).toISOString().slice(0, 10).replaceAll("-", "/");
  return `ledger/${day}/${shard}-${String(at).padStart(12, "0")}.jsonl.gz`;
}

/** Records of one task repeat themselves: compression leaves a tenth. */
function compress(steps: AsyncIterator<Uint8Array>): Promise<ArrayBuffer> {
  const text = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await steps.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  return new Response(text.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

/** The entries after one entry up to another, one step of them. */
function readEntries(
  { after, end, most }: { readonly after: number; readonly end: number; readonly most: number },
  sql: SqlStorage,
): Archived[] {
  const rows = sql.exec<Omit<Archived, "read" | "record"> & { record: Packed } & Record<string, SqlStorageValue>>(
    `SELECT at, written, entries.seq, prev, entries.hash, record, tasks.task AS task FROM entries JOIN tasks ON tasks.n = entries.task
     WHERE at > ? AND at <= ? ORDER BY at LIMIT ?`,
    ...[after, end, most],
  );
  const entries: Archived[] = [];
  let text = 0;
  for (const row of rows) {
    const record = unpack(row.record);
    // An entry is never left out: the archive waits for one that cannot be read.
    entries.push({ ...row, record, read: readRecord({ ...row, record }) });
    text += record.length;
    if (text > STEP.text) break;
  }
  return entries;
}

function lastEntry(sql: SqlStorage): number {
  return sql.exec<{ last: number | null }>("SELECT max(at) AS last FROM entries").one().last ?? 0;
}

/** Number of entries that wait for the long-term store, and the time of the oldest. */
export function waiting(sql: SqlStorage): Waiting {
  const after = readMark(sql, "archived") ?? 0;
  const [oldest] = sql
    .exec<{ written: number }>("SELECT written FROM entries WHERE at > ? ORDER BY at LIMIT 1", after)
    .toArray();
  return { entries: Math.max(0, lastEntry(sql) - after), since: oldest && oldest.written / 1000 };
}
