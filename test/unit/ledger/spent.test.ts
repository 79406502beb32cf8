/** For how long a shard remembers what is good once. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Ledger } from "../../../worker/ledger/shard.ts";
import { createSpent, fitsEntry } from "../../../worker/ledger/spent.ts";
import { admissionOf, entryOf, LEDGER, nowSeconds, proof, rowsOf, runAlarm } from "./shard.ts";

test("only what has expired is forgotten", async () => {
  const shard = LEDGER.getByName("forgets");
  await shard.spend([proof("old", -10), proof("new")]);
  const delivery = (message: string, seconds: number) => ({ message, delivery: "d", expires: nowSeconds() + seconds });
  await shard.admit(admissionOf(entryOf("t", "a"), { delivery: delivery("old", -10) }));
  await shard.admit(admissionOf(entryOf("t", "b"), { delivery: delivery("new", 60) }));
  expect([await shard.seen("old"), await shard.seen("new")]).toEqual([true, true]);
  await runAlarm(shard);
  expect([await shard.seen("old"), await shard.seen("new")]).toEqual([false, true]);
  expect(await rowsOf(shard, "SELECT name FROM spent")).toEqual([{ name: "new" }]);
  expect(await rowsOf(shard, "SELECT message FROM deliveries")).toEqual([{ message: "new" }]);
});

test("what has expired is forgotten in steps, between which proofs are spent", async () => {
  const shard = LEDGER.getByName("forgets in steps");
  await runInDurableObject(shard, (_: Ledger, { storage: { sql } }) => {
    const spent = createSpent(sql);
    for (let i = 0; i < 12_000; i++) spent.add(proof(`old-${i}`, -10), i % 40 > 0);
    let steps = 0;
    for (const _ of spent.forgetExpired(Date.now())) spent.add(proof(`new-${++steps}`), false);
    // Twice for the names in memory, and once for every hundred rows.
    expect(steps).toBe(2 + 3);
    for (let i = 1; i <= steps; i++) expect(spent.has(`new-${i}`)).toBe(true);
    expect(spent.has("old-11999")).toBe(false);
    expect(sql.exec("SELECT 1 FROM spent").toArray()).toHaveLength(steps);
  });
});

test("a proof needs no row beside its entry, unless it is valid for longer than entries are read at a start", async () => {
  const shard = LEDGER.getByName("rows");
  await shard.admit(admissionOf(entryOf("t", "a"), { singles: [proof("short")] }));
  expect(await rowsOf(shard, "SELECT * FROM spent")).toEqual([]);
  await shard.admit(admissionOf(entryOf("t", "b"), { singles: [proof("long", 3600)] }));
  expect(await rowsOf(shard, "SELECT name FROM spent")).toEqual([{ name: "long" }]);
});

test("an entry keeps what is valid for less than eleven minutes", () => {
  const now = 1_000_000_000;
  expect(fitsEntry({ name: "p", expires: now / 1000 + 659 }, now)).toBe(true);
  expect(fitsEntry({ name: "p", expires: now / 1000 + 660 }, now)).toBe(false);
});
