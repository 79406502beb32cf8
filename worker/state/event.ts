/** Entries of ledgers as CloudEvents 1.0: how they are exported, and how the long-term store keeps them. Pure. */
import type { LedgerEntry } from "./entry.ts";
import type { ActRecord, AuditRecord } from "./record.ts";

/** An entry on its way to the long-term store. */
export interface ArchiveMessage {
  readonly txn: string;
  readonly entry: LedgerEntry;
}

/** A queue takes 256 KiB at a time; three bytes at most make a character of a record. */
const BATCH_CHARACTERS = 80_000;

/** Messages in their order, as many together as a queue takes at a time; one that is larger goes alone. */
export function batchesOf(messages: readonly ArchiveMessage[]): ArchiveMessage[][] {
  const batches: ArchiveMessage[][] = [];
  let left = 0;
  for (const message of messages) {
    const { length } = message.entry.record;
    if (batches.length === 0 || length > left) {
      batches.push([]);
      left = BATCH_CHARACTERS;
    }
    batches.at(-1)?.push(message);
    left -= length;
  }
  return batches;
}

/** The `source` of a task's events. */
export function sourceOf(txn: string): string {
  return `urn:hopgate:task:${encodeURIComponent(txn)}`;
}

/** `data` is the record, `hopgateentry` the entry to the byte. */
export function entryEvent(txn: string, entry: LedgerEntry): Record<string, unknown> {
  const record = JSON.parse(entry.record) as AuditRecord | ActRecord;
  return {
    specversion: "1.0",
    type: "act" in record ? "dev.hopgate.act.v1" : "dev.hopgate.decision.v1",
    source: sourceOf(txn),
    id: record.id,
    time: record.time,
    data: record,
    hopgateentry: JSON.stringify(entry),
  };
}
