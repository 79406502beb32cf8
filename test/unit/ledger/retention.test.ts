/** For how long a shard keeps entries: ninety days, and until the long-term store has them. */

import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { hashEntry } from "../../../worker/ledger/entry.ts";
import type { Ledger } from "../../../worker/ledger/shard.ts";
import { ARCHIVE, admissionOf, entryOf, LEDGER, rowsOf, runAlarm, type Shard, sha256 } from "./shard.ts";

const DAY_US = 24 * 3600 * 1_000_000;

/** Three entries of a task: of 91, 91 and 89 days ago. */
async function oldEntries(name: string): Promise<Shard> {
  const shard = LEDGER.getByName(name);
  for (const id of ["a", "b", "c"]) await shard.admit(admissionOf(entryOf("t", id, { names: ["alice"] })));
  await rowsOf(shard, `UPDATE entries SET written = written - CASE id WHEN 'c' THEN 89 ELSE 91 END * ${DAY_US}`);
  return shard;
}

test("what is older is removed once it is archived; what is left of the task follows from it by its hash", async () => {
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

test("the last entry stays however old it is: what comes next is archived after it", async () => {
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
