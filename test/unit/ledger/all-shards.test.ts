/** The ledger as its callers know it: every call finds its shard, and an answer that is lost is asked for again. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { Unremembered } from "../../../worker/ledger/admission.ts";
import { createLedgers } from "../../../worker/ledger/all-shards.ts";
import type { Ledgers } from "../../../worker/ledger/ledgers.ts";
import type { Ledger } from "../../../worker/ledger/shard.ts";
import { createShards, type Raised } from "../../../worker/ledger/shards.ts";
import { admissionOf, entryOf, LEDGER, nowSeconds, proof } from "./shard.ts";

/** Fails calls of a method: before they reach the shard, or after, when only the answer is lost. */
interface Faults {
  before?: number;
  after?: number;
}

/**
 * Shards of a test of its own, with faults, and the calls that were made.
 *
 * @param slept when a sleep is over: at once, if not given
 */
function ledgersOf(prefix: string, numbers: [Raised, ...Raised[]], faults: Faults = {}, slept?: Promise<void>) {
  const calls: string[] = [];
  const getByName = (name: string): unknown => {
    const shard = LEDGER.getByName(`${prefix} ${name}`);
    const call =
      (method: keyof Ledger) =>
      async (...given: never[]) => {
        calls.push(`${name} ${method}`);
        if (faults.before !== undefined && faults.before-- > 0) throw new Error("injected: before");
        const answer = await (shard[method as "admit"] as (...given: never[]) => Promise<unknown>)(...given);
        if (faults.after !== undefined && faults.after-- > 0) throw new Error("injected: after");
        return answer;
      };
    return new Proxy({}, { get: (_, method) => call(method as keyof Ledger) });
  };
  const clock = { seconds: nowSeconds() };
  const lost: string[] = [];
  const shards = createShards(numbers);
  const namespace = { idFromName: (name: string) => name, get: getByName } as unknown as DurableObjectNamespace<Ledger>;
  const ledgers: Ledgers = createLedgers(shards, {
    namespace,
    now: () => clock.seconds * 1000,
    sleep: async () => slept,
    waitUntil: () => undefined,
    written: () => undefined,
    lost: (outcomes) => lost.push(...outcomes.map(({ id }) => id)),
  });
  return { ledgers, shards, calls, clock, lost };
}

const ONE: [Raised] = [{ from: 0, count: 1 }];
const EIGHT: [Raised] = [{ from: 0, count: 8 }];
const task = { id: "t", began: 1 };

describe("an admission", () => {
  test("is one call to the shard of its task", async () => {
    const { ledgers, shards, calls } = ledgersOf("one call", EIGHT);
    expect(await ledgers.admit(task, admissionOf(entryOf("t", "a"), { singles: [proof("p")] }))).toMatchObject({
      admitted: true,
    });
    expect(calls).toEqual([`${shards.ofTask("t", 1)} admitAll`]);
    expect(ledgers.shardOf(task)).toBe(shards.ofTask("t", 1));
  });

  test.each<[string, Faults]>([
    ["is lost on the way", { before: 1 }],
    ["was carried out and whose answer is lost", { after: 1 }],
  ])("that %s is sent again, and written once", async (name, faults) => {
    const { ledgers } = ledgersOf(name, ONE, faults);
    const singles = [proof("p")];
    expect(await ledgers.admit(task, admissionOf(entryOf("t", "a"), { singles }))).toMatchObject({ admitted: true });
    expect(await ledgers.admit(task, admissionOf(entryOf("t", "b"), { singles }))).toMatchObject({ why: "replayed" });
    expect((await ledgers.parts("t"))[0]?.entries).toHaveLength(1);
  });

  test("whose memory another request has is sent alone, and the others of its batch do not wait", async () => {
    const { ledgers, calls } = ledgersOf("busy memory", ONE);
    const change = (id: string, seen: number) =>
      ledgers.admit(
        task,
        admissionOf(entryOf("t", id), { memory: { owner: "t", by: "app", seen, add: { n: 1 }, labels: [] } }),
      );
    expect(await change("a", 0)).toMatchObject({ admitted: true, memory: { sums: { n: 1 } } });
    expect(calls).toEqual(["1-0 admitAll"]);
    const asked = [change("b", 0), change("c", 0)] as const;
    const other = ledgers.admit(task, admissionOf(entryOf("t", "d")));
    const told = (await asked[0]) as Unremembered & { readonly why: "memory_moved" };
    expect(told).toMatchObject({ why: "memory_moved", memory: { sums: { n: 1 } } });
    expect(await other).toMatchObject({ admitted: true });
    expect(await change("b", told.memory.version)).toMatchObject({ admitted: true, memory: { sums: { n: 2 } } });
    expect(await asked[1]).toMatchObject({ why: "memory_moved" });
    expect(calls).toContain("1-0 admit");
  });

  test("that fails twice is rejected, and may be on record without an outcome", async () => {
    const { ledgers } = ledgersOf("fails twice", ONE, { after: 2 });
    await expect(ledgers.admit(task, admissionOf(entryOf("t", "a")))).rejects.toThrow("injected");
    expect((await ledgers.parts("t"))[0]?.entries).toHaveLength(1);
  });

  test("spends the client's credential in the same commit if its owner has the same shard", async () => {
    const { ledgers, calls } = ledgersOf("same shard", ONE);
    const owed = [{ owner: "client", ...proof("assertion") }];
    expect(await ledgers.admit(task, admissionOf(entryOf("t", "a")), owed)).toMatchObject({ admitted: true });
    expect(calls).toEqual(["1-0 admitAll"]);
    expect(await ledgers.admit(task, admissionOf(entryOf("t", "b")), owed)).toMatchObject({ name: "assertion" });
    expect(await ledgers.seen("client", "assertion")).toBe(true);
  });

  test("spends it before if the owner has another shard, and is not sent if it was already spent", async () => {
    const { ledgers, shards, calls } = ledgersOf("other shard", EIGHT);
    const here = shards.ofTask("t", 1);
    const owner = Array.from({ length: 100 }, (_, i) => `owner-${i}`).find(
      (each) => shards.ofOwner(each, 1) !== here,
    ) as string;
    const owed = [{ owner, ...proof("assertion") }];
    expect(await ledgers.admit(task, admissionOf(entryOf("t", "a")), owed)).toMatchObject({ admitted: true });
    expect(await ledgers.admit(task, admissionOf(entryOf("t", "b")), owed)).toEqual({
      admitted: false,
      why: "replayed",
      name: "assertion",
    });
    const there = shards.ofOwner(owner, 1);
    expect(calls).toEqual([`${there} spend`, `${here} admitAll`, `${there} spend`]);
    expect((await ledgers.parts("t"))[0]?.entries).toHaveLength(1);
  });
});

describe("a raised number of shards", () => {
  const raised = nowSeconds() - 100;
  const numbers: [Raised, Raised] = [
    { from: 0, count: 2 },
    { from: raised, count: 8 },
  ];

  test("leaves an earlier task in its shard, where a proof that was spent before is refused", async () => {
    const old = ledgersOf("raised", [numbers[0]]);
    const before = { id: "t", began: raised - 1000 };
    await old.ledgers.admit(before, admissionOf(entryOf("t", "a"), { singles: [proof("p")] }));
    const now = ledgersOf("raised", numbers);
    expect(await now.ledgers.admit(before, admissionOf(entryOf("t", "b"), { singles: [proof("p")] }))).toMatchObject({
      why: "replayed",
    });
    await now.ledgers.admit(before, admissionOf(entryOf("t", "c")));
    expect((await now.ledgers.parts("t")).map(({ shard, entries }) => [shard, entries.length])).toEqual([
      [old.shards.ofTask("t", 0), 2],
    ]);
  });

  test("puts an act about a task beside the task's other entries", async () => {
    const old = ledgersOf("raised act", [numbers[0]]);
    await old.ledgers.admit({ id: "t", began: 1 }, admissionOf(entryOf("t", "a")));
    const { ledgers } = ledgersOf("raised act", numbers);
    const act = entryOf("t", "act", { kind: "revoked" });
    await ledgers.append(act);
    await ledgers.append(act);
    const parts = await ledgers.parts("t");
    expect(parts.map(({ shard }) => shard)).toEqual([old.shards.ofTask("t", 0)]);
    expect(parts[0]?.entries).toHaveLength(2);
  });

  test("is searched completely", async () => {
    const { ledgers, shards } = ledgersOf("raised search", numbers);
    const tasks = Array.from({ length: 20 }, (_, i) => ({ id: `t-${i}`, began: i < 10 ? 1 : raised + 1 }));
    for (const each of tasks)
      await ledgers.admit(each, admissionOf(entryOf(each.id, `id-${each.id}`, { txn: "shared", names: ["alice"] })));
    const found = await ledgers.search({ text: "alice", limit: 100 });
    expect(found.map(({ task }) => task)).toEqual(tasks.map(({ id }) => id).toReversed());
    expect(await ledgers.search({ text: "alice", limit: 3 })).toEqual(found.slice(0, 3));
    expect(await ledgers.search({ text: "alice", limit: 3, before: found[2]?.written })).toEqual(found.slice(3, 6));
    expect((await ledgers.tasks("shared")).toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
    expect(await ledgers.find("id-t-15")).toBe("t-15");
    expect(await ledgers.waiting()).toMatchObject({ entries: 20, since: expect.any(Number) });
    expect(new Set(tasks.map(({ id, began }) => shards.ofTask(id, began))).size).toBeGreaterThan(4);
  });
});

describe("an outcome", () => {
  const told = { task: "t", id: "a", kind: "allowed", status: 200 };

  test("is sent with the next admissions of its shard", async () => {
    const slept = Promise.withResolvers<void>();
    const { ledgers, shards, calls } = ledgersOf("rides", EIGHT, {}, slept.promise);
    await ledgers.admit(task, admissionOf(entryOf("t", "a")));
    const settled = ledgers.settle(task, told);
    await ledgers.admit(task, admissionOf(entryOf("t", "b")));
    slept.resolve();
    await settled;
    const name = shards.ofTask("t", 1);
    expect(calls).toEqual([`${name} admitAll`, `${name} admitAll`]);
    expect((await ledgers.parts("t"))[0]?.entries).toHaveLength(3);
  });

  test("is sent on its own if the call that contained it fails", async () => {
    const slept = Promise.withResolvers<void>();
    const faults: Faults = {};
    const { ledgers, shards, calls, lost } = ledgersOf("rides and fails", EIGHT, faults, slept.promise);
    await ledgers.admit(task, admissionOf(entryOf("t", "a")));
    const settled = ledgers.settle(task, told);
    faults.before = 1;
    await ledgers.admit(task, admissionOf(entryOf("t", "b")));
    slept.resolve();
    await settled;
    const name = shards.ofTask("t", 1);
    expect(calls).toEqual(["admitAll", "admitAll", "settle", "admit"].map((call) => `${name} ${call}`));
    expect((await ledgers.parts("t"))[0]?.entries).toHaveLength(3);
    expect(lost).toEqual([]);
  });

  test("that no shard accepts is reported as lost", async () => {
    const faults: Faults = {};
    const { ledgers, lost } = ledgersOf("lost", EIGHT, faults);
    await ledgers.admit(task, admissionOf(entryOf("t", "a")));
    faults.before = 1;
    await ledgers.settle(task, told);
    expect(lost).toEqual(["a"]);
  });
});

test("an outcome goes to the shard of its decision", async () => {
  const { ledgers, shards, calls } = ledgersOf("outcome", EIGHT);
  await ledgers.admit(task, admissionOf(entryOf("t", "a")));
  await ledgers.settle(task, { task: "t", id: "a", kind: "allowed", status: 200 });
  const name = shards.ofTask("t", 1);
  expect(calls).toEqual([`${name} admitAll`, `${name} settle`]);
  await runInDurableObject(LEDGER.getByName(`outcome ${name}`), (instance) =>
    instance.admit(admissionOf(entryOf("t", "b"))),
  );
  expect((await ledgers.parts("t"))[0]?.entries).toHaveLength(3);
});

test("an unreachable shard rejects, and never counts as empty", async () => {
  const { ledgers } = ledgersOf("down", ONE, { before: 99 });
  for (const ask of [
    () => ledgers.parts("t"),
    () => ledgers.search({ limit: 1 }),
    () => ledgers.workloads(),
    () => ledgers.waiting(),
    () => ledgers.isRevoked(task, { keys: [], issued: 1 }),
    () => ledgers.spend({ owner: "o", ...proof("p") }),
    () => ledgers.append(entryOf("t", "a")),
  ])
    await expect(ask()).rejects.toThrow("injected");
});
