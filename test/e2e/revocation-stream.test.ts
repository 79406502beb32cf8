/** A task that is ended during a stream of requests: none is admitted after the acknowledgement. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { admin, call, chainNow, eventually, recordsOf, startWorld, taskOf, type World } from "./harness.ts";

const CALLERS = 8;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    // Several shards: every one of them is told.
    edit: (config) => `${config}\n[ledger]\nshards = 4\n`,
  });
});
afterAll(() => world.stop());

interface Sent {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly status: number;
  readonly decision: string;
}

/** Callers who send one request after another until they are told to stop. */
async function send(chain: string, path: string, sent: Sent[], stopped: () => boolean): Promise<void> {
  while (!stopped()) {
    const start = Date.now();
    const response = await call(world, { chain, path });
    await response.text();
    const decision = String(response.headers.get("hop-decision")).replaceAll('"', "");
    sent.push({ start, status: response.status, decision });
  }
}

test.each(["/orders/17", "/proven/17"])(
  "no request to %s that begins after a revocation was acknowledged is allowed",
  async (path) => {
    const txn = `task-${crypto.randomUUID()}`;
    const chain = await chainNow({ 0: { claims: { txn } } });
    const sent: Sent[] = [];
    let over = false;
    const callers = Array.from({ length: CALLERS }, () => send(chain, path, sent, () => over));
    await eventually(
      async () => sent.filter(({ status }) => status === 200).length,
      (count) => count >= 2 * CALLERS,
    );
    const answer = await admin(world, "revocations", { kind: "task", task: taskOf(txn), reason: "test" });
    const acknowledged = Date.now();
    expect(answer.status).toBe(200);
    const late = (): Sent[] => sent.filter(({ start }) => start >= acknowledged);
    await eventually(
      async () => late().length,
      (count) => count >= 2 * CALLERS,
    );
    over = true;
    await Promise.all(callers);

    expect(late().filter(({ status }) => status !== 401)).toEqual([]);
    // In the ledger too nothing is allowed once something was refused: all are admitted in one order.
    const records = (await recordsOf(world, txn, sent.length)).filter((record) => !("act" in record)) as AuditRecord[];
    expect(records).toHaveLength(sent.length);
    const firstDenied = records.findIndex(({ outcome }) => outcome === "denied");
    expect(records.slice(0, firstDenied).every(({ outcome }) => outcome === "allowed")).toBe(true);
    expect(records.slice(firstDenied).every(({ rule }) => rule === "revoked")).toBe(true);
    const allowed = sent.filter(({ status }) => status === 200).map(({ decision }) => decision);
    expect(new Set(records.slice(0, firstDenied).map(({ id }) => id))).toEqual(new Set(allowed));
  },
);
