/** The Durable Objects as they run in workerd. */

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { verificationCore } from "../../worker/core.ts";
import type { Env } from "../../worker/env.ts";
import { findBreak } from "../../worker/state/entry.ts";
import { shardOf } from "../../worker/state/shard.ts";

const { LEDGER, REPLAY, REVOCATIONS } = env as unknown as Env;
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
    expect((await revocations.since(0)).map(({ key }) => key)).toEqual(["a", "b"]);
    expect((await revocations.since(1)).map(({ key }) => key)).toEqual(["b"]);
  });

  test("what is revoked until a time leaves what is issued later", async () => {
    const revocations = REVOCATIONS.getByName("until");
    await revocations.revoke(["s"], "", 100);
    expect(await revocations.anyRevoked({ keys: ["s"], issued: 100 })).toBe(true);
    expect(await revocations.anyRevoked({ keys: ["s"], issued: 101 })).toBe(false);
    await revocations.revoke(["s"], "", 90);
    await revocations.revoke(["s"], "", 200);
    expect(await revocations.anyRevoked({ keys: ["s"], issued: 200 })).toBe(true);
    expect(await revocations.since(0)).toHaveLength(2);
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
});
