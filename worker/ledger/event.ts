/** Entries of ledgers as CloudEvents 1.0: how they are exported, and how the long-term store keeps them. Pure. */
import type { LedgerEntry } from "./entry.ts";
import { type AnyRecord, readRecord } from "./outcomes.ts";

/** The `source` of a task's events. */
export function sourceOf(task: string): string {
  return `urn:hopgate:task:${encodeURIComponent(task)}`;
}

/** `data` is the record, `hopgateentry` the entry to the byte. */
export function entryEvent(task: string, entry: LedgerEntry): Record<string, unknown> {
  const record = readRecord(entry);
  return {
    specversion: "1.0",
    type: eventType(record),
    source: sourceOf(task),
    id: eventId(record, entry.hash),
    time: record.time,
    data: record,
    hopgateentry: JSON.stringify(entry),
  };
}

/** Outcomes have no id of their own. */
export function eventId(record: AnyRecord, hash: string): string {
  return "id" in record ? record.id : hash;
}

export function eventType(record: AnyRecord): string {
  if ("outcomes" in record) return "dev.hopgate.outcomes.v1";
  return "act" in record ? "dev.hopgate.act.v1" : "dev.hopgate.decision.v1";
}
