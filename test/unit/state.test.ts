/** The Durable Objects as they run in workerd. */

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { verificationCore } from "../../worker/core.ts";
import type { Env } from "../../worker/env.ts";
import { findBreak } from "../../worker/ledger/entry.ts";
import { REVOCATIONS_NAME } from "../../worker/revocation/revocations.ts";
import { createSnapshot } from "../../worker/state/revocation-snapshot.ts";
import { shardOf } from "../../worker/state/shard.ts";
import { STATUSES_NAME } from "../../worker/state/statuses.ts";

const { LEDGER, REPLAY, REVOCATIONS, STATUSES } = env as unknown as Env;
const { sha256 } = verificationCore();

describe("Ledger", () => {
  test("numbers and chains entries", async () => {
    const ledger = LEDGER.getByName("numbers");
    expect(await ledger.append("task", "a", '{"n":1}')).toEqual({ seq: 1 });
    expect(await ledger.append("task", "b", '{"n":2}')).toEqual({ seq: 2 });
    const entries = await ledger.entries();
    expect(entries.map(({ record }) => record)).toEqual(['{"n":1}', '{"n":2}']);
    expect(entries[1]?.prev).toBe(entries[0]?.hash);
    expect(findBreak(entries, sha256)).toBeUndefined();
  });

  test("an append that is tried again changes nothing", async () => {
    const ledger = LEDGER.getByName("again");
    await ledger.append("task", "a", "1");
    await ledger.append("task", "b", "2");
    expect(await ledger.append("task", "a", "1")).toEqual({ seq: 1 });
    expect(await ledger.entries()).toHaveLength(2);
  });

  test("appends at the same time get each their own place", async () => {
    const ledger = LEDGER.getByName("race");
    await Promise.all(Array.from({ length: 50 }, (_, i) => ledger.append("task", `id-${i}`, String(i))));
    const entries = await ledger.entries();
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(findBreak(entries, sha256)).toBeUndefined();
  });

  test("an entry changed behind its back is found", async () => {
    const ledger = LEDGER.getByName("tampered");
    for (const id of ["a", "b", "c"]) await ledger.append("task", id, `{"id":"${id}"}`);
    await runInDurableObject(ledger, (_, { storage }) => {
      storage.sql.exec(`UPDATE entries SET record = '{"id":"x"}' WHERE seq = 2`);
    });
    expect(findBreak(await ledger.entries(), sha256)?.seq).toBe(2);
  });
});

describe("the outbox of a ledger", () => {
  const waiting = (name: string): Promise<unknown[]> =>
    runInDurableObject(LEDGER.getByName(name), (_, { storage }) =>
      storage.sql.exec("SELECT seq FROM outbox ORDER BY seq").toArray(),
    );

  test("is not held up by an entry that no queue takes", async () => {
    const ledger = LEDGER.getByName("oversized");
    await ledger.append("oversized", "a", '{"id":"a"}');
    await ledger.append("oversized", "b", JSON.stringify({ id: "b", purpose: "p".repeat(200_000) }));
    await ledger.append("oversized", "c", '{"id":"c"}');
    await runDurableObjectAlarm(ledger);
    expect(await waiting("oversized")).toEqual([]);
    // The ledger itself keeps the record to the byte.
    expect((await ledger.entries())[1]?.record.length).toBeGreaterThan(200_000);
  });

  test("does not send again what one batch has told when the next fails", async () => {
    const ledger = LEDGER.getByName("batches");
    for (let i = 0; i < 6; i++)
      await ledger.append("batches", `b-${i}`, JSON.stringify({ id: i, x: "x".repeat(90_000) }));
    const sent: number[][] = [];
    await runInDurableObject(ledger, async (instance, { storage }) => {
      const { env } = instance as unknown as { env: { ARCHIVE_QUEUE: unknown } };
      const queue = env.ARCHIVE_QUEUE as { sendBatch(batch: Iterable<unknown>): Promise<unknown> };
      const failing = {
        sendBatch: async (batch: Iterable<{ body: { entry: { seq: number } } }>) => {
          sent.push([...batch].map(({ body }) => body.entry.seq));
          if (sent.length === 2) throw new Error("the queue is full");
          return queue.sendBatch(batch);
        },
      };
      Object.defineProperty(instance, "env", { value: { ...env, ARCHIVE_QUEUE: failing }, configurable: true });
      await (instance as unknown as { alarm(): Promise<void> }).alarm();
      expect(storage.sql.exec("SELECT seq FROM outbox").toArray()).toHaveLength(4);
      await (instance as unknown as { alarm(): Promise<void> }).alarm();
      expect(storage.sql.exec("SELECT seq FROM outbox").toArray()).toHaveLength(0);
    });
    expect(sent).toEqual([
      [1, 2],
      [3, 4],
      [3, 4],
      [5, 6],
    ]);
  });
});

describe("Replay", () => {
  const inAMinute = Math.floor(Date.now() / 1000) + 60;

  test("a proof is fresh once", async () => {
    const replay = REPLAY.getByName("once");
    expect(await replay.spend("p", inAMinute)).toBe(true);
    expect(await replay.spend("p", inAMinute)).toBe(false);
    expect(await replay.spend("q", inAMinute)).toBe(true);
  });

  test("of a hundred at once, one is fresh", async () => {
    const replay = REPLAY.getByName("race");
    const answers = await Promise.all(Array.from({ length: 100 }, () => replay.spend("p", inAMinute)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  test("the alarm forgets what has expired, and nothing else", async () => {
    const replay = REPLAY.getByName("alarm");
    await replay.spend("old", Math.floor(Date.now() / 1000) - 10);
    await replay.spend("new", inAMinute);
    await runDurableObjectAlarm(replay);
    const left = await runInDurableObject(replay, (_, { storage }) =>
      storage.sql.exec("SELECT proof FROM seen").toArray(),
    );
    expect(left).toEqual([{ proof: "new" }]);
  });

  test("a key always has the same shard, and keys spread over them", () => {
    expect(shardOf("abc")).toBe(shardOf("abc"));
    const shards = new Set(Array.from({ length: 1000 }, () => shardOf(crypto.randomUUID())));
    expect(shards.size).toBeGreaterThan(200);
  });
});

describe("Revocations", () => {
  test("what was revoked is revoked, and all of it is listed", async () => {
    const revocations = REVOCATIONS.getByName("some");
    await revocations.revoke(["a"], "why");
    await revocations.revoke(["a"], "again");
    await revocations.revoke(["b"], "");
    expect(await revocations.anyRevoked({ keys: ["x", "y"], issued: 1 })).toBe(false);
    expect(await revocations.anyRevoked({ keys: ["x", "b"], issued: 1 })).toBe(true);
    expect((await revocations.since(0)).revocations.map(({ key }) => key)).toEqual(["a", "b"]);
    expect((await revocations.since(1)).revocations.map(({ key }) => key)).toEqual(["b"]);
  });

  test("what is revoked until a time leaves what is issued later", async () => {
    const revocations = REVOCATIONS.getByName("until");
    await revocations.revoke(["s"], "", { before: 100 });
    expect(await revocations.anyRevoked({ keys: ["s"], issued: 100 })).toBe(true);
    expect(await revocations.anyRevoked({ keys: ["s"], issued: 101 })).toBe(false);
    await revocations.revoke(["s"], "", { before: 90 });
    await revocations.revoke(["s"], "", { before: 200 });
    expect(await revocations.anyRevoked({ keys: ["s"], issued: 200 })).toBe(true);
    expect((await revocations.since(0)).revocations).toHaveLength(2);
    await revocations.revoke(["s"], "for good");
    expect(await revocations.anyRevoked({ keys: ["s"], issued: 1e12 })).toBe(true);
  });

  test("a chain with more keys than SQL takes parameters", async () => {
    const revocations = REVOCATIONS.getByName("many");
    await revocations.revoke(["k-499"], "");
    const keys = Array.from({ length: 500 }, (_, i) => `k-${i}`);
    expect(await revocations.anyRevoked({ keys, issued: 1 })).toBe(true);
    expect(await revocations.anyRevoked({ keys: keys.slice(0, 499), issued: 1 })).toBe(false);
  });

  test("what can end nothing any more is forgotten, and nothing else", async () => {
    const revocations = REVOCATIONS.getByName("pruned");
    const now = Math.floor(Date.now() / 1000);
    await revocations.revoke(["expired"], "", { until: now - 1000 });
    await revocations.revoke(["living"], "", { until: now + 1000 });
    await revocations.revoke(["good"], "");
    expect(await runDurableObjectAlarm(revocations)).toBe(true);
    const { revocations: left } = await revocations.since(0);
    expect(left.map(({ key }) => key)).toEqual(["living", "good"]);
    await revocations.revoke(["living"], "", { until: now + 2000 });
    expect((await revocations.since(0)).revocations.at(-1)).toMatchObject({ key: "living", until: now + 2000 });
  });

  test("more than a page is told page by page", async () => {
    const revocations = REVOCATIONS.getByName("paged");
    const keys = Array.from({ length: 2500 }, (_, i) => `k-${i}`);
    await revocations.revoke(keys, "");
    const told: string[] = [];
    for (let seq = 0, more = true; more; ) {
      const page = await revocations.since(seq);
      expect(page.revocations.length).toBeLessThanOrEqual(1000);
      told.push(...page.revocations.map(({ key }) => key));
      seq = page.revocations.at(-1)?.seq ?? seq;
      ({ more } = page);
    }
    expect(told).toEqual(keys);
    const isRevoked = createSnapshot(5);
    const edges = { since: async (seq: number) => revocations.since(seq), now: () => 0, waitUntil: () => undefined };
    expect(await isRevoked({ keys: ["k-2499"], issued: 1 }, edges)).toBe(true);
  });
});

describe("Statuses", () => {
  const statuses = STATUSES.getByName(STATUSES_NAME);
  const revocations = REVOCATIONS.getByName(REVOCATIONS_NAME);
  const now = Math.floor(Date.now() / 1000);
  const issue = (keys: readonly string[], issued = now, expires = now + 1000): Promise<number> =>
    statuses.allocate({ keys, issued }, expires) as Promise<number>;

  test("shows a token that was revoked after it was issued, and one whose key was revoked before", async () => {
    const [early, other] = [await issue(["st-a", "st-b"]), await issue(["st-c"])];
    expect(await statuses.revoked()).toEqual([]);
    await revocations.revoke(["st-b"], "");
    expect(await statuses.revoked()).toEqual([early]);
    const late = await issue(["st-b"]);
    expect(await statuses.revoked()).toEqual([early, late]);
    expect(await statuses.revoked()).not.toContain(other);
  });

  test("leaves what was issued after the time until which was revoked", async () => {
    const [before, after] = [await issue(["st-s"], now - 10), await issue(["st-s"], now)];
    await revocations.revoke(["st-s"], "", { before: now - 5 });
    const places = await statuses.revoked();
    expect(places).toContain(before);
    expect(places).not.toContain(after);
  });

  test("forgets tokens that have expired, with their keys", async () => {
    await issue(["st-gone"], now - 20, now - 10);
    await statuses.revoked();
    const left = await runInDurableObject(statuses, (_, { storage }) =>
      storage.sql.exec("SELECT token FROM token_keys WHERE key = 'st-gone'").toArray(),
    );
    expect(left).toEqual([]);
  });

  test("looks at each revocation once, however many there are", async () => {
    await revocations.revoke(
      Array.from({ length: 3000 }, (_, i) => `st-many-${i}`),
      "",
    );
    await statuses.revoked();
    const read = (): Promise<number> =>
      runInDurableObject(statuses, async (instance, { storage }) => {
        const before = storage.sql.exec("SELECT * FROM looked").toArray();
        await (instance as unknown as { revoked(): Promise<number[]> }).revoked();
        const after = storage.sql.exec("SELECT * FROM looked").toArray();
        expect(after).toEqual(before);
        return after[0]?.["revocation"] as number;
      });
    expect(await read()).toBe(await read());
  });
});
