/** A task that is ended in the middle of a stream of requests: strict routes stop at once, eventual ones within the bound. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { admin, call, chainNow, startWorld, taskOf, type World } from "./harness.ts";

/** Seconds: `revocation_bound` of the configuration. */
const BOUND = 2;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    edit: (config) => config.replace("trust_domain", `revocation_bound = ${BOUND}\ntrust_domain`),
  });
});
afterAll(() => world.stop());

interface Sent {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly status: number;
}

/** Eight callers, one request after another, while the task is ended after `before` milliseconds. */
async function stream(path: string, before: number, after: number): Promise<{ sent: Sent[]; revoked: number }> {
  const txn = `task-${crypto.randomUUID()}`;
  const chain = await chainNow({ 0: { claims: { txn } } });
  const sent: Sent[] = [];
  const end = Date.now() + before + after;
  const callers = Array.from({ length: 8 }, async () => {
    while (Date.now() < end) {
      const start = Date.now();
      const response = await call(world, { chain, path });
      await response.text();
      sent.push({ start, status: response.status });
    }
  });
  await new Promise((resolve) => setTimeout(resolve, before));
  expect((await admin(world, "revocations", { kind: "task", task: taskOf(txn), reason: "test" })).status).toBe(200);
  const revoked = Date.now();
  await Promise.all(callers);
  return { sent, revoked };
}

test("strict: no request that begins after the revocation passes", async () => {
  const { sent, revoked } = await stream("/orders/17", 500, 1500);
  const after = sent.filter(({ start }) => start >= revoked);
  expect(sent.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  expect(after.length).toBeGreaterThan(0);
  expect(after.filter(({ status }) => status !== 401)).toEqual([]);
});

test("eventual: none passes that begins after the bound", async () => {
  const { sent, revoked } = await stream("/eventual/17", 500, BOUND * 1000 + 1500);
  const late = sent.filter(({ start }) => start >= revoked + BOUND * 1000);
  expect(sent.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  expect(late.length).toBeGreaterThan(0);
  expect(late.filter(({ status }) => status !== 401)).toEqual([]);
});
