/** Keeps audit records: in the ledger, else in the queue that tries again, else in the open. Never silent. */
import type { Metrics } from "./metrics.ts";
import type { AuditRecord } from "./record.ts";

/** A record on its way to the ledger of its task. */
export interface AuditMessage {
  readonly txn: string;
  readonly id: string;
  readonly record: string;
}

export interface AuditEdges {
  append(message: AuditMessage): Promise<unknown>;
  enqueue(message: AuditMessage): Promise<unknown>;
  sleep(milliseconds: number): Promise<unknown>;
}

const PAUSES_MS = [50, 200, 800];

/**
 * Writes one record. What belongs to no verified task is counted and logged only: an attacker must not be able to
 * fill a ledger, or to write another's name into one.
 */
export async function keepRecord(record: AuditRecord, edges: AuditEdges, metrics: Metrics): Promise<void> {
  metrics.count("hopgate_requests_total", { outcome: record.outcome, rule: record.rule ?? "none" });
  const txn = record.chain?.txn;
  if (txn === undefined) {
    console.log(JSON.stringify({ event: "unattributed", id: record.id, outcome: record.outcome, rule: record.rule }));
    return;
  }
  const message = { txn, id: record.id, record: JSON.stringify(record) };
  for (const pause of PAUSES_MS) {
    if (await succeeds(() => edges.append(message))) return;
    metrics.count("hopgate_ledger_retries_total", {});
    await edges.sleep(pause);
  }
  if (await succeeds(() => edges.enqueue(message))) {
    metrics.count("hopgate_ledger_queued_total", {});
    return;
  }
  metrics.count("hopgate_ledger_lost_total", {});
  // The last resort is the log itself: the record holds no secret, and from here it can be put back by hand.
  console.error(JSON.stringify({ event: "ledger_lost", ...message }));
}

async function succeeds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch {
    return false;
  }
}
