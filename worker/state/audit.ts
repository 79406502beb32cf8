/** Keeps audit records: in the ledger, else in the queue that tries again, else in the open. Never silent. */
import { verificationCore } from "../core.ts";
import { recordText } from "./bounded.ts";
import type { Metrics } from "./metrics.ts";
import type { ActRecord, AuditRecord } from "./record.ts";

/** A record on its way to the ledger of its task. */
export interface AuditMessage {
  readonly task: string;
  readonly id: string;
  readonly record: string;
}

export interface AuditEdges {
  append(message: AuditMessage): Promise<unknown>;
  enqueue(message: AuditMessage): Promise<unknown>;
  sleep(milliseconds: number): Promise<unknown>;
}

/** Before each try. Together less than the 30 s for which the platform lets work go on after a response. */
const PAUSES_MS = [0, 50, 200, 800, 2000, 5000, 10_000];
/** Tries of the ledger alone, before the queue is asked too. */
const LEDGER_ALONE = 3;

/**
 * Writes one request. What belongs to no verified task is counted and logged only: an attacker must not be able to fill a
 * ledger, or to write another's name into one.
 */
export async function keepRecord(record: AuditRecord, edges: AuditEdges, metrics: Metrics): Promise<void> {
  metrics.count("hopgate_requests_total", { outcome: record.outcome, rule: record.rule ?? "none" });
  const task = record.chain?.task;
  if (task !== undefined) return keep(task, record, edges, metrics);
  // What failed is in the log already, with its cause.
  if (record.outcome === "failed") return;
  console.log(JSON.stringify({ event: "unattributed", id: record.id, outcome: record.outcome, rule: record.rule }));
}

/** Writes what somebody did, under a task or `ledgerOfDay`. */
export async function keepAct(task: string, act: ActRecord, edges: AuditEdges, metrics: Metrics): Promise<void> {
  metrics.count("hopgate_acts_total", { act: act.act });
  return keep(task, act, edges, metrics);
}

/** Ledger and queue write a record once for its id, so trying again after a failure that was none is safe. */
async function keep(task: string, record: AuditRecord | ActRecord, edges: AuditEdges, metrics: Metrics): Promise<void> {
  const { text, whole } = recordText(record, verificationCore().sha256);
  if (whole !== undefined) console.error(JSON.stringify({ event: "ledger_record_cut", id: record.id, ...whole }));
  const message = { task, id: record.id, record: text };
  metrics.move("hopgate_ledger_pending", 1);
  try {
    for (const [tries, pause] of PAUSES_MS.entries()) {
      if (pause > 0) await edges.sleep(pause);
      if (await succeeds(() => edges.append(message))) return;
      metrics.count("hopgate_ledger_retries_total", {});
      if (tries + 1 < LEDGER_ALONE || !(await succeeds(() => edges.enqueue(message)))) continue;
      metrics.count("hopgate_ledger_queued_total", {});
      return;
    }
  } finally {
    metrics.move("hopgate_ledger_pending", -1);
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
