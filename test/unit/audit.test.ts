/** Records outlive a store that fails: again, then the queue, then the open. */
import { describe, expect, test } from "vitest";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { type AuditEdges, type AuditMessage, keepRecord } from "../../worker/state/audit.ts";
import { createMetrics } from "../../worker/telemetry/metrics.ts";

const record = { id: "d", time: "t", outcome: "allowed", chain: { task: "task" } } as unknown as AuditRecord;

/** Edges whose ledger fails so many times, and whose queue works or not. */
function edges(
  failures: number,
  queueWorks: boolean,
): AuditEdges & { written: AuditMessage[]; queued: AuditMessage[]; pauses: number[] } {
  const [written, queued, pauses]: [AuditMessage[], AuditMessage[], number[]] = [[], [], []];
  return {
    written,
    queued,
    pauses,
    append: async (message) => {
      if (failures-- > 0) throw new Error("ledger down");
      written.push(message);
    },
    enqueue: async (message) => {
      if (!queueWorks) throw new Error("queue down");
      queued.push(message);
    },
    sleep: async (milliseconds) => void pauses.push(milliseconds),
  };
}

describe("a record", () => {
  test("is written at once where the ledger answers", async () => {
    const [store, metrics] = [edges(0, true), createMetrics()];
    await keepRecord(record, store, metrics);
    expect(store.written).toEqual([{ task: "task", id: "d", record: JSON.stringify(record) }]);
    expect(metrics.total("hopgate_ledger_retries_total")).toBe(0);
  });

  test("is written again after a failure, later each time", async () => {
    const [store, metrics] = [edges(2, true), createMetrics()];
    await keepRecord(record, store, metrics);
    expect(store.written).toHaveLength(1);
    expect(store.pauses).toEqual([50, 200]);
    expect(metrics.total("hopgate_ledger_retries_total")).toBe(2);
  });

  test("goes to the queue where the ledger stays down", async () => {
    const [store, metrics] = [edges(99, true), createMetrics()];
    await keepRecord(record, store, metrics);
    expect(store.queued).toHaveLength(1);
    expect(metrics.total("hopgate_ledger_queued_total")).toBe(1);
    expect(metrics.total("hopgate_ledger_lost_total")).toBe(0);
  });

  test("is never lost in silence", async () => {
    const [store, metrics] = [edges(99, false), createMetrics()];
    await keepRecord(record, store, metrics);
    expect(metrics.total("hopgate_ledger_lost_total")).toBe(1);
    expect(metrics.render()).toContain("hopgate_ledger_lost_total 1");
  });

  test("of no verified task is counted, and written nowhere", async () => {
    const [store, metrics] = [edges(0, true), createMetrics()];
    await keepRecord({ id: "d", time: "t", outcome: "denied", rule: "jws_malformed" }, store, metrics);
    expect([store.written, store.queued]).toEqual([[], []]);
    expect(metrics.render()).toContain('hopgate_requests_total{outcome="denied",rule="jws_malformed"} 1');
  });
});
