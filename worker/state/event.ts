/** Entries of ledgers as CloudEvents 1.0: how they are exported, and how the long-term store keeps them. Pure. */
import { jsonBytes } from "./bounded.ts";
import type { LedgerEntry } from "./entry.ts";
import type { ActRecord, AuditRecord } from "./record.ts";

/** An entry whose record is too large to travel: it stands in the ledger. */
export interface BareEntry extends Omit<LedgerEntry, "record"> {
  readonly record?: undefined;
  /** Of the record. */
  readonly bytes: number;
}

/** An entry on its way to the long-term store. */
export interface ArchiveMessage {
  readonly task: string;
  readonly entry: LedgerEntry | BareEntry;
}

/** A queue takes 256 KB and 100 messages at a time, and 128 KB of one message. */
const BATCH_BYTES = 240_000;
const BATCH_MESSAGES = 100;
const MESSAGE_BYTES = 120_000;

/** Messages in their order, as many together as a queue takes at a time; each must be one that it takes. */
export function batchesOf(messages: readonly ArchiveMessage[]): ArchiveMessage[][] {
  const batches: ArchiveMessage[][] = [];
  let left = 0;
  for (const message of messages) {
    const bytes = jsonBytes(message);
    const last = batches.at(-1);
    if (last === undefined || bytes > left || last.length === BATCH_MESSAGES) {
      batches.push([message]);
      left = BATCH_BYTES - bytes;
    } else {
      last.push(message);
      left -= bytes;
    }
  }
  return batches;
}

/**
 * The message as a queue takes it. Records are bounded where they are made (bounded.ts); one that is larger all the same
 * goes without its text, so that it neither holds up those behind it nor is sent for ever: the ledger has the record, and
 * its hash is in the entry.
 */
export function sendable(message: ArchiveMessage): ArchiveMessage {
  if (jsonBytes(message) <= MESSAGE_BYTES) return message;
  const { task, entry } = message;
  return { task, entry: { ...entry, record: undefined, bytes: new TextEncoder().encode(entry.record).length } };
}

/** The `source` of a task's events. */
export function sourceOf(task: string): string {
  return `urn:hopgate:task:${encodeURIComponent(task)}`;
}

/** `data` is the record, `hopgateentry` the entry to the byte. An entry without its record says so by its type. */
export function entryEvent(task: string, entry: LedgerEntry | BareEntry): Record<string, unknown> {
  const common = { specversion: "1.0", source: sourceOf(task) };
  const hopgateentry = JSON.stringify(entry);
  if (entry.record === undefined)
    return { ...common, type: "dev.hopgate.entry-without-record.v1", id: entry.hash, hopgateentry };
  const record = JSON.parse(entry.record) as AuditRecord | ActRecord;
  return { ...common, type: eventType(record), id: record.id, time: record.time, data: record, hopgateentry };
}

export function eventType(record: AuditRecord | ActRecord): string {
  return "act" in record ? "dev.hopgate.act.v1" : "dev.hopgate.decision.v1";
}
