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

/** An entry that cannot be read, because its row was changed on disk. */
export class UnreadableEntry extends Error {
  override readonly name = "UnreadableEntry";

  constructor(seq: number, task?: string) {
    super(
      `entry ${seq}${task === undefined ? "" : ` of task \`${task}\``} cannot be read: its row was changed on disk`,
    );
  }
}

/** @param entry with its task where the reader knows it, to name the entry @throws UnreadableEntry */
export function readRecord({ seq, task, record }: Pick<LedgerEntry, "seq" | "record"> & { task?: string }): AnyRecord {
  const read = parsed(record);
  if (typeof read !== "object" || read === null) throw new UnreadableEntry(seq, task);
  return read as AnyRecord;
}

function parsed(record: string): unknown {
  try {
    return JSON.parse(record);
  } catch {
    return undefined;
  }
}

/** A request with its outcome, or an act. */
export interface ToldEntry {
  readonly seq: number;
  readonly record: AuditRecord | ActRecord;
}

/**
 * Decisions with their outcomes, and acts, in order. A decision without an outcome has no `status`.
 *
 * @throws UnreadableEntry
 */
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
