/** Outcomes of admitted requests: written after them, and read together with them. Pure. */
import type { Outcome } from "./admission.ts";
import type { LedgerEntry } from "./entry.ts";
import type { ActRecord, AuditRecord } from "./record.ts";

/** The outcome of one request. */
export type Settled = Omit<Outcome, "task" | "kind"> & { readonly outcome: AuditRecord["outcome"] };

/** A separate entry: the decisions are earlier entries of the same ledger. */
export interface OutcomesRecord {
  /** ISO 8601. */
  readonly time: string;
  readonly outcomes: readonly Settled[];
}

/** @param now milliseconds since the epoch */
export function outcomesRecord(outcomes: readonly Outcome[], now: number): string {
  const record: OutcomesRecord = {
    time: new Date(now).toISOString(),
    outcomes: outcomes.map(({ task: _, kind, ...settled }) => ({ ...settled, outcome: kind as Settled["outcome"] })),
  };
  return JSON.stringify(record);
}

export type AnyRecord = AuditRecord | ActRecord | OutcomesRecord;

export function readRecord({ record }: Pick<LedgerEntry, "record">): AnyRecord {
  return JSON.parse(record) as AnyRecord;
}

/** A request with its outcome, or an act. */
export interface ToldEntry {
  readonly seq: number;
  readonly record: AuditRecord | ActRecord;
}

/** Decisions with their outcomes, and acts, in order. A decision without an outcome has no `status`. */
export function tellEntries(entries: readonly LedgerEntry[]): ToldEntry[] {
  const records = entries.map((entry) => ({ seq: entry.seq, record: readRecord(entry) }));
  const settled = new Map(
    records.flatMap(({ record }) =>
      "outcomes" in record ? record.outcomes.map((each) => [each.id, each] as const) : [],
    ),
  );
  return records.flatMap(({ seq, record }) => {
    if ("outcomes" in record) return [];
    return [{ seq, record: { ...record, ...settled.get(record.id) } as AuditRecord | ActRecord }];
  });
}
