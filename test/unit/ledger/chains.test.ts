/** The chain of hashes of a task, as a shard writes it. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { findBreak, GENESIS } from "../../../worker/ledger/entry.ts";
import { admissionOf, entryOf, LEDGER, rowsOf, type Shard, sha256 } from "./shard.ts";

const append = (shard: Shard, task: string, id: string) => shard.admit(admissionOf(entryOf(task, id)));

describe("the entries of a task", () => {
  test("are numbered and chained, each record unchanged", async () => {
    const shard = LEDGER.getByName("numbers");
    const records = ['{"n":1}', '{"n": 2, "text": "\u{1f511} \\u0000"}'];
    for (const [n, record] of records.entries()) await shard.admit(admissionOf(entryOf("t", `id-${n}`, { record })));
    const entries = await shard.entries("t");
    expect(entries.map(({ record }) => record)).toEqual(records);
    expect(entries.map(({ seq, prev }) => [seq, prev])).toEqual([
      [1, GENESIS],
      [2, entries[0]?.hash],
    ]);
    expect(findBreak(entries, sha256)).toBeUndefined();
  });

  test("that are written at the same time each get their own place", async () => {
    const shard = LEDGER.getByName("places");
    await Promise.all(Array.from({ length: 50 }, (_, i) => append(shard, "t", `id-${i}`)));
    const entries = await shard.entries("t");
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(findBreak(entries, sha256)).toBeUndefined();
  });

  test("are chained separately from other tasks in the same shard", async () => {
    const shard = LEDGER.getByName("beside");
    await Promise.all(Array.from({ length: 60 }, (_, i) => append(shard, `t-${i % 3}`, `id-${i}`)));
    for (const task of ["t-0", "t-1", "t-2"]) {
      const entries = await shard.entries(task);
      expect(entries).toHaveLength(20);
      expect(findBreak(entries, sha256)).toBeUndefined();
    }
    expect(await shard.entries("t-3")).toEqual([]);
  });

  test("go on after a restart of the object", async () => {
    const shard = LEDGER.getByName("restarted");
    await append(shard, "t", "a");
    await evictDurableObject(shard);
    await append(shard, "t", "b");
    const entries = await shard.entries("t");
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(findBreak(entries, sha256)).toBeUndefined();
  });

  test("show the change if one is changed on disk", async () => {
    const shard = LEDGER.getByName("tampered");
    for (const id of ["a", "b", "c"]) await append(shard, "t", id);
    await rowsOf(shard, `UPDATE entries SET record = '{"id":"x"}' WHERE seq = 2`);
    expect(findBreak(await shard.entries("t"), sha256)?.seq).toBe(2);
  });
});

test("`written` grows with every entry of a shard, within a millisecond too", async () => {
  const shard = LEDGER.getByName("written");
  await Promise.all(Array.from({ length: 200 }, (_, i) => append(shard, `t-${i % 7}`, `id-${i}`)));
  const rows = await rowsOf(shard, "SELECT written FROM entries ORDER BY at");
  const times = rows.map(({ written }) => written as number);
  expect(times).toHaveLength(200);
  expect(times.every((time, i) => i === 0 || time > (times[i - 1] as number))).toBe(true);
});

test("the parties of a task are written once for each task, not for each request", async () => {
  const shard = LEDGER.getByName("taking part");
  const names = ["alice", "app", "agent"];
  for (const task of ["one", "two"])
    for (let i = 0; i < 5; i++) await shard.admit(admissionOf(entryOf(task, `${task}-${i}`, { names })));
  await shard.admit(admissionOf(entryOf("two", "alone", { names: ["alice"] })));
  expect(await rowsOf(shard, "SELECT names FROM parties ORDER BY n")).toEqual([
    { names: "alice\napp\nagent" },
    { names: "alice" },
  ]);
  expect(await rowsOf(shard, "SELECT * FROM taking_part")).toHaveLength(3);
});
