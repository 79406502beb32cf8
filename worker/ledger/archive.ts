/**
 * The long-term store: JSON lines of CloudEvents in R2, compressed. A shard writes its entries in their order and remembers how far it has
 * come, so that none is left out, and an object that is written again is the same object.
 */
import type { Waiting } from "./admission.ts";
import type { LedgerEntry } from "./entry.ts";
import { entryLine } from "./event.ts";
import { type AnyRecord, readRecord } from "./outcomes.ts";

/** An entry on its way to the long-term store. */
export interface Archived extends LedgerEntry {
  /** Its number in the shard. */
  readonly at: number;
  readonly task: string;
  /** When it was written, in microseconds since the epoch. */
  readonly written: number;
  /** Its record. */
  readonly read: AnyRecord;
}

/** `ledger/<year>/<month>/<day>/<shard>-<number of the first entry>.jsonl.gz`: the same object however often it is written. */
function archiveKey(shard: string, { at, written }: Archived): string {
  const day = new Date(written / 1000).toISOString().slice(0, 10).replaceAll("-", "/");
  return `ledger/${day}/${shard}-${String(at).padStart(12, "0")}.jsonl.gz`;
}

/** @param entries of one shard, at least one, in their order */
export async function archive(shard: string, entries: readonly Archived[], bucket: R2Bucket): Promise<void> {
  const lines = entries.map((entry) => entryLine(entry.task, entry, entry.read));
  await bucket.put(archiveKey(shard, entries[0] as Archived), await compress(lines.join("")), {
    httpMetadata: { contentType: "application/gzip" },
  });
}

/** Records of one task say the same again and again: a tenth of it is left. */
async function compress(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** Entries of one object. */
const MOST_ENTRIES = 500;
/** Characters of their records, after which no more are taken. */
const MOST_TEXT = 4_000_000;

/** What comes after an entry, as much as one object takes. */
export function readUnarchived(after: number, sql: SqlStorage): Archived[] {
  const rows = sql.exec<Omit<Archived, "read"> & Record<string, SqlStorageValue>>(
    `SELECT at, written, entries.seq, prev, entries.hash, record, tasks.task AS task FROM entries JOIN tasks ON tasks.n = entries.task
     WHERE at > ? ORDER BY at LIMIT ?`,
    after,
    MOST_ENTRIES,
  );
  const entries: Archived[] = [];
  let text = 0;
  for (const row of rows) {
    entries.push({ ...row, read: readRecord(row) });
    text += row.record.length;
    if (text > MOST_TEXT) break;
  }
  return entries;
}

/** How many entries come after one, and since when the oldest of them waits. */
export function waitingAfter(after: number, sql: SqlStorage): Waiting {
  const { entries } = sql
    .exec<{ entries: number }>("SELECT count(*) AS entries FROM entries WHERE at > ?", after)
    .one();
  const [oldest] = sql
    .exec<{ written: number }>("SELECT written FROM entries WHERE at > ? ORDER BY at LIMIT 1", after)
    .toArray();
  return { entries, since: oldest && oldest.written / 1000 };
}
