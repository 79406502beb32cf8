/** Entries of ledgers as CloudEvents 1.0: how they are exported, and how the long-term store keeps them. Pure. */
import type { LedgerEntry } from "./entry.ts";
import type { AnyRecord } from "./outcomes.ts";

/** The `source` of a task's events. */
export function sourceOf(task: string): string {
  return `urn:hopgate:task:${encodeURIComponent(task)}`;
}

/**
 * An entry as a line: `data`, the last member, is the exact text of the record; `hopgateentry` links it to the entry before.
 *
 * @param record of the entry, as it was read
 */
export function entryLine(task: string, { seq, prev, hash, record: text }: LedgerEntry, record: AnyRecord): string {
  const head = {
    specversion: "1.0",
    type: eventType(record),
    source: sourceOf(task),
    id: eventId(record, hash),
    time: record.time,
    datacontenttype: "application/json",
    hopgateentry: JSON.stringify({ seq, prev, hash }),
  };
  return `${JSON.stringify(head).slice(0, -1)}${DATA}${text}}\n`;
}

const DATA = ',"data":';

/** The exact text of the record in a line of `entryLine`: inside a JSON string every quotation mark is escaped. */
export function recordIn(line: string): string {
  const at = line.indexOf(DATA);
  return at < 0 ? "" : line.slice(at + DATA.length, -1);
}

/** Outcomes have no id of their own. */
export function eventId(record: AnyRecord, hash: string): string {
  return "id" in record ? record.id : hash;
}

export function eventType(record: AnyRecord): string {
  if ("outcomes" in record) return "dev.hopgate.outcomes.v1";
  return "act" in record ? "dev.hopgate.act.v1" : "dev.hopgate.decision.v1";
}
