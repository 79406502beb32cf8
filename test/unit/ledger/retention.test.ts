/** For how long a shard keeps entries: ninety days, and until the long-term store has them. */

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { findBreak, GENESIS, hashEntry } from "../../../worker/ledger/entry.ts";
import type { Ledger } from "../../../worker/ledger/shard.ts";
import {
  ARCHIVE,
  admissionOf,
  entryOf,
  LEDGER,
  nowSeconds,
  proof,
  rowsOf,
  runAlarm,
  type Shard,
  sha256,
} from "./shard.ts";

const DAY_US = 24 * 3600 * 1_000_000;

/** Three entries of a task: of 91, 91 and 89 days ago. */
async function oldEntries(name: string): Promise<Shard> {
  const shard = LEDGER.getByName(name);
  for (const id of ["a", "b", "c"]) await shard.admit(admissionOf(entryOf("t", id, { names: ["alice"] })));
  await rowsOf(shard, `UPDATE entries SET written = written - CASE id WHEN 'c' THEN 89 ELSE 91 END * ${DAY_US}`);
  return shard;
}

test("old entries are removed once they are archived; the rest of the task is chained to their hash", async () => {
  const shard = await oldEntries("old");
  const before = await shard.entries("t");
  await runAlarm(shard);
  const [left, ...others] = await shard.entries("t");
  expect(others).toEqual([]);
  expect(left).toEqual(before[2]);
  expect(left?.prev).toBe(before[1]?.hash);
  await shard.admit(admissionOf(entryOf("t", "d")));
  const next = (await shard.entries("t"))[1];
  expect(next).toMatchObject({ seq: 4, prev: left?.hash });
  expect(next?.hash).toBe(next && hashEntry(next, sha256));
  expect((await shard.search({ text: "alice", limit: 10 })).map(({ id }) => id)).toEqual(["c"]);
});

test("the last entry stays, however old, so that the next one is archived after it", async () => {
  const shard = LEDGER.getByName("all old");
  for (const id of ["a", "b"]) await shard.admit(admissionOf(entryOf("t", id)));
  await rowsOf(shard, `UPDATE entries SET written = written - ${100 * DAY_US}`);
  await runAlarm(shard);
  expect(await rowsOf(shard, "SELECT at, id FROM entries")).toEqual([{ at: 2, id: "b" }]);
  await shard.admit(admissionOf(entryOf("t", "c")));
  expect(await shard.waiting()).toMatchObject({ entries: 1 });
  await runAlarm(shard);
  expect((await ARCHIVE.list({ prefix: "ledger/" })).objects.map(({ key }) => key.slice(-29))).toEqual(
    expect.arrayContaining(["all old-000000000003.jsonl.gz"]),
  );
});

test("nothing is removed that the long-term store does not have", async () => {
  const shard = await oldEntries("old and waiting");
  await runInDurableObject(shard, async (instance: Ledger) => {
    const { env } = instance as unknown as { env: object };
    const bucket = { put: () => Promise.reject(new Error("the bucket is down")) };
    Object.defineProperty(instance, "env", { value: { ...env, ARCHIVE: bucket }, configurable: true });
    await instance.alarm();
  });
  expect(await shard.entries("t")).toHaveLength(3);
});

describe("a task without entries", () => {
  const countOf = async (shard: Shard, table: string): Promise<number> =>
    (await rowsOf(shard, `SELECT * FROM ${table}`)).length;

  /** Makes everything that is there as old as this, but for the last entry and the last task, which never go. */
  async function age(shard: Shard, days = 91): Promise<void> {
    await runAlarm(shard);
    await rowsOf(shard, `UPDATE entries SET written = written - ${days * DAY_US}`);
    await shard.admit(admissionOf(entryOf("last", crypto.randomUUID(), { names: ["bob"] })));
    await runAlarm(shard);
  }

  test("is removed, with parties that take part in no other task", async () => {
    const shard = LEDGER.getByName("idle");
    for (const task of ["one", "two"]) await shard.admit(admissionOf(entryOf(task, task, { names: ["alice", task] })));
    await shard.admit(admissionOf(entryOf("two", "of bob", { names: ["bob"] })));
    await age(shard);
    expect(await rowsOf(shard, "SELECT task FROM tasks")).toEqual([{ task: "last" }]);
    expect(await rowsOf(shard, "SELECT names FROM parties")).toEqual([{ names: "bob" }]);
    expect(await countOf(shard, "taking_part")).toBe(1);
    expect(await shard.has("one")).toBe(false);
    expect(await shard.search({ text: "alice", limit: 10 })).toEqual([]);
  });

  test("stays while one of its roots is valid, and continues its chain of hashes", async () => {
    const shard = LEDGER.getByName("idle with a root");
    const long = { until: nowSeconds() + 3600, names: ["alice"] };
    for (const [id, until] of [
      ["a", long.until],
      ["b", nowSeconds() - 1],
    ] as const)
      await shard.admit(admissionOf(entryOf("t", id, { ...long, until })));
    const before = await shard.entries("t");
    await age(shard);
    expect(await shard.entries("t")).toEqual([]);
    await shard.admit(admissionOf(entryOf("t", "c", long)));
    expect(await shard.entries("t")).toMatchObject([{ seq: 3, prev: before[1]?.hash }]);
    expect((await shard.search({ text: "alice", limit: 10 })).map(({ id }) => id)).toEqual(["c"]);
  });

  test.each(["in memory", "after a restart"])("begins a new chain of hashes at its next request, %s", async (when) => {
    const shard = LEDGER.getByName(`idle and asked again ${when}`);
    for (const id of ["a", "b"]) await shard.admit(admissionOf(entryOf("t", id, { txn: "order-1", names: ["alice"] })));
    await age(shard);
    if (when !== "in memory") await evictDurableObject(shard);
    for (const id of ["c", "d"]) await shard.admit(admissionOf(entryOf("t", id, { txn: "order-1", names: ["alice"] })));
    const entries = await shard.entries("t");
    expect(entries.map(({ seq, prev }) => [seq, prev])).toEqual([
      [1, GENESIS],
      [2, entries[0]?.hash],
    ]);
    expect(findBreak(entries, sha256)).toBeUndefined();
    expect(await shard.tasks("order-1")).toEqual(["t"]);
    expect((await shard.search({ text: "alice", limit: 10 })).map(({ id }) => id)).toEqual(["d", "c"]);
  });

  test("stays revoked, and its proofs stay spent", async () => {
    const shard = LEDGER.getByName("idle and revoked");
    const single = proof("kept", 200 * 24 * 3600);
    await shard.admit(admissionOf(entryOf("t", "a"), { singles: [single] }));
    await shard.hear([{ seq: 1, key: "task:t", before: null, until: null }]);
    await age(shard);
    expect(await shard.has("t")).toBe(false);
    const standings = [{ keys: JSON.stringify(["task:t"]), issued: nowSeconds() }];
    expect(await shard.admit(admissionOf(entryOf("t", "b"), { standings }))).toMatchObject({ why: "revoked" });
    expect(await shard.admit(admissionOf(entryOf("t", "c"), { singles: [single] }))).toMatchObject({ why: "replayed" });
  });

  test("is removed in steps with all old entries, however many there are", async () => {
    const shard = LEDGER.getByName("idle and many");
    const many = Array.from({ length: 2500 }, (_, i) =>
      admissionOf(entryOf(`t-${i}`, `id-${i}`, { names: [`a-${i}`] })),
    );
    await shard.admitAll(many);
    await age(shard);
    expect(await rowsOf(shard, "SELECT id FROM entries WHERE id LIKE 'id-%'")).toEqual([]);
    // The steps end with the old entries; what they have not come to is looked at with the next.
    for (let alarms = 0; alarms < 3; alarms++) await runAlarm(shard);
    expect(await countOf(shard, "tasks")).toBe(1);
    expect(await countOf(shard, "taking_part")).toBe(1);
    expect(await countOf(shard, "parties")).toBe(1);
  }, 60_000);

  test("does not pass its number on while rows of its parties exist", async () => {
    const shard = LEDGER.getByName("idle and numbered");
    for (const task of ["one", "two"]) await shard.admit(admissionOf(entryOf(task, task, { names: [task] })));
    await runAlarm(shard);
    await rowsOf(shard, `UPDATE entries SET written = written - ${91 * DAY_US}`);
    await runAlarm(shard);
    expect(await rowsOf(shard, "SELECT task FROM tasks")).toEqual([{ task: "two" }]);
  });
});
