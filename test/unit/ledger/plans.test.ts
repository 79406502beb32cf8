/** No statement of a shard reads what grows: each finds its rows by a key or an index, or takes a few from an end. */
import { expect, test } from "vitest";
import { planned } from "../plans.ts";
import { admissionOf, entryOf, LEDGER, nowSeconds, proof, rowsOf, runAlarm, type Shard } from "./shard.ts";

const memory = { owner: "t", by: "caller", add: { spent: 1 }, labels: [] };

async function everything(shard: Shard): Promise<void> {
  const now = nowSeconds();
  const standings = [{ keys: '["k"]', issued: now }];
  const delivery = { message: "m", delivery: "d", expires: now + 60 };
  const entry = entryOf("t", "a", { names: ["somebody", "b"], txn: "x", until: now + 60 });
  await shard.admit(admissionOf(entry, { standings, singles: [proof("p")], delivery, placeUntil: now + 60 }));
  await shard.admit(admissionOf(entry, { standings, singles: [proof("p")], again: true }));
  await shard.spend([proof("late", 6000)]);
  await shard.settle([{ task: "t", id: "a", kind: "failed", status: 502 }]);
  await shard.admit(admissionOf(entryOf("t", "b", { names: ["a", "b"], emergency: true, kind: "denied" }), { memory }));
  await shard.hear([{ seq: 1, key: "k", before: null, until: now }]);
  await shard.isRevoked(standings[0] as (typeof standings)[0]);
  await shard.revokedPlaces();
  await shard.memory("t");
  await shard.seen("p");
  await shard.waiting();
  await shard.probe();
  await shard.has("t");
  await shard.find("a");
  await shard.tasks("x");
  await shard.entries("t");
  for (const more of [{}, { text: "somebody" }, { outcome: "denied" }, { outcome: "allowed" }, { emergency: true }])
    await shard.search({ limit: 10, before: Date.now() * 1000, ...more });
  await shard.lookThrough({ since: 0, before: Date.now() * 1000, limit: 10, path: "/", arguments: [] });
  await runAlarm(shard);
}

/** Statements that take one row, the first or the last by its key. */
const FROM_AN_END = [
  "SELECT (SELECT min(at) FROM entries) AS least, (SELECT max(at) FROM entries) AS most",
  "SELECT max(at) AS last FROM entries",
  "SELECT max(n) AS end FROM places",
  "SELECT max(n) AS last FROM tasks",
  "SELECT max(seq) AS seq FROM revoked",
  "SELECT min(at) AS oldest FROM entries",
];
/**
 * A part of a name is looked for in the parties: who takes part together is one row, however many requests they make.
 */
const SEARCHES = [
  "SELECT n FROM parties WHERE instr(names, ?1) > 0",
  `SELECT n FROM tasks WHERE task = ?1 OR (txn = ?1 AND txn <> '') UNION SELECT task FROM taking_part WHERE parties IN (SELECT n FROM parties WHERE instr(names, ?1) > 0) LIMIT 501`,
];
/** It follows the entries of one task by their keys, and walks over what it has found. */
const ONE_TASK = /^WITH RECURSIVE chain/;

test("every statement finds its rows by a key or an index, but those that take one from an end, and searches for a name", async () => {
  const shard = LEDGER.getByName("plans");
  const statements = await planned(shard, () => everything(shard));
  await rowsOf(shard, "UPDATE entries SET written = written - 100 * 86400000000");
  statements.push(...(await planned(shard, () => runAlarm(shard))));
  const scans = statements.filter(({ scans, statement }) => scans && !ONE_TASK.test(statement));
  expect(new Set(scans.map(({ statement }) => statement))).toEqual(new Set([...FROM_AN_END, ...SEARCHES]));
});

test("a statement that reads a whole table is noticed", async () => {
  const shard = LEDGER.getByName("plans of a scan");
  for (const statement of ["SELECT count(*) FROM entries WHERE written > 0", "SELECT max(until) FROM tasks"])
    expect(await planned(shard, () => rowsOf(shard, statement))).toContainEqual({ statement, scans: true });
});
