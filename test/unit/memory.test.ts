/** What policies remember: annotations, what the context says, the rows of a shard. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Env } from "../../worker/env.ts";
import { type Kept, LIFTED } from "../../worker/ledger/admission.ts";
import type { MemoryUse } from "../../worker/ledger/memory.ts";
import { changed } from "../../worker/ledger/memory.ts";
import { contextPaths, memoryAt, rememberNothing } from "../../worker/policy/memory.ts";
import { changesOf, rememberingOf, Unremembered } from "../../worker/policy/remember.ts";

describe("annotations", () => {
  test("name sums of the task and of a day, and labels", () => {
    const read = rememberingOf({
      add: "refunded: context.details.amount, today.subject.refunded: context.details.amount",
      count: "exports",
      label: "customer-data internal",
    });
    expect(read).toEqual({
      sums: [
        { owner: "task", name: "refunded", source: ["details", "amount"] },
        { owner: "subject", name: "refunded", source: ["details", "amount"] },
        { owner: "task", name: "exports" },
      ],
      labels: ["customer-data", "internal"],
    });
  });

  test.each([
    { add: "refunded" },
    { add: "refunded: amount" },
    { add: "refunded: context" },
    { add: "" },
    { add: "a: context.b,, c: context.d" },
    { count: "id" },
    { count: "labels" },
    { count: "today.group.exports" },
    { count: "today.caller" },
    { count: "task.exports" },
    { label: "" },
    { label: "Customer Data" },
    { label: "x".repeat(65) },
  ])("%o is refused", (annotations) => {
    expect(() => rememberingOf(annotations)).toThrow(Unremembered);
  });

  test("of several permits count identical ones once, and different ones together", () => {
    const permits = ["n: context.a", "n: context.a", "n: context.b"].map((add) => ({ annotations: { add } }));
    expect(changesOf(permits, { a: 1, b: 2 })).toEqual({ task: { add: { n: 3 }, labels: [] } });
  });

  test.each([{}, { a: "1" }, { a: 1.5 }, { a: -1 }, { a: 2 ** 53 }, { a: { __extn: { fn: "decimal", arg: "1.0" } } }])(
    "a context of %o has no number to add",
    (context) => {
      expect(() => changesOf([{ annotations: { add: "n: context.a" } }], context)).toThrow(
        expect.objectContaining({ member: "context.a" }),
      );
    },
  );
});

test("a set's names are found in its conditions", () => {
  const task = [".", ["context"], "task"];
  const condition = [
    "&&",
    ["has", task, "refunded"],
    ["<", [".", [".", [".", ["context"], "today"], "caller"], "n"], 5],
  ];
  const found = contextPaths(condition).map(memoryAt);
  expect(found).toEqual([
    { owner: "task", name: "refunded" },
    { owner: "caller", name: "n" },
  ]);
  expect(contextPaths([".", task, "id"]).map(memoryAt)).toEqual([undefined]);
});

test("a candidate finds empty values under names that only it uses", () => {
  const context = { task: { id: "t", refunded: 7 } };
  expect(rememberNothing(context, { task: ["refunded", "exports", "labels"], caller: ["n"], subject: [] })).toEqual({
    task: { id: "t", refunded: 7, exports: 0, labels: [] },
    today: { caller: { n: 0 }, subject: {} },
  });
});

describe("a change", () => {
  const empty = { sums: {}, labels: [] };
  test("adds up to sums within the exact range of JSON numbers", () => {
    const near = { sums: { n: Number.MAX_SAFE_INTEGER - 1 }, labels: [] };
    expect(changed(near, { add: { n: 1 }, labels: [] })?.sums).toEqual({ n: Number.MAX_SAFE_INTEGER });
    expect(changed(near, { add: { n: 2 }, labels: [] })).toBeUndefined();
  });
  test("makes at most 32 sums or labels", () => {
    const names = Array.from({ length: 33 }, (_, index) => `n${index}`);
    const add = Object.fromEntries(names.map((name) => [name, 1]));
    expect(changed(empty, { add, labels: [] })).toBeUndefined();
    expect(changed(empty, { add: {}, labels: names })).toBeUndefined();
    expect(changed(empty, { add: {}, labels: names.slice(1) })?.labels).toHaveLength(32);
  });
});

describe("a shard", () => {
  const { LEDGER } = env as unknown as Env;
  const use = (seen: number | undefined, n: number): MemoryUse => ({
    owner: "t",
    by: "app",
    seen,
    add: { n },
    labels: [],
  });

  test("accepts a change for the current version, and else returns the current memory", async () => {
    await runInDurableObject(LEDGER.getByName("memory"), async (shard) => {
      const { memory } = (await shard.remember(use(0, 5), "a")) as Kept;
      expect(memory).toEqual(shard.memory("t"));
      expect(memory).toMatchObject({ sums: { n: 5 }, labels: [] });
      expect(await shard.remember(use(0, 5), "b")).toEqual({ admitted: false, why: "memory_moved", memory });
      // It says what the memory is then: whoever asks next by that is let through at once.
      const next = (await shard.remember(use(memory.version, 5), "b")) as Kept;
      expect(await shard.remember({ ...use(next.memory.version, 0), add: {} }, "d")).toEqual(next);
      // Nothing was looked at: it counts whatever there is.
      expect(await shard.remember(use(undefined, 1), "c")).toMatchObject({ admitted: true });
      expect(shard.memory("t").sums).toEqual({ n: 11 });
    });
  });

  test("of many requests with the same version, each is admitted after it has seen the current one", async () => {
    await runInDurableObject(LEDGER.getByName("memory-turns"), async (shard) => {
      let tries = 0;
      const one = async (id: string): Promise<void> => {
        let seen = 0;
        while (true) {
          tries += 1;
          const done = await shard.remember(use(seen, 1), id);
          if (done.admitted) return;
          if (done.why === "memory_moved") seen = done.memory.version;
        }
      };
      await Promise.all(Array.from({ length: 50 }, (_, index) => one(`id-${index}`)));
      expect(shard.memory("t").sums).toEqual({ n: 50 });
      // The first at once; the rest are told once, and then it is their turn. On a slow machine a turn may end too
      // early.
      expect(tries).toBeLessThan(200);
    });
  });
});

test("a shard that receives revocations in any order knows what was lifted", async () => {
  const { LEDGER } = env as unknown as Env;
  await runInDurableObject(LEDGER.getByName("lifted"), (shard) => {
    const told = (seq: number, before: number | null) => ({ seq, key: "k", before, until: null });
    const standing = { keys: '["k"]', issued: 1 };
    shard.hear([told(1, null)]);
    expect(shard.isRevoked(standing)).toBe(true);
    shard.hear([told(2, LIFTED)]);
    expect(shard.isRevoked(standing)).toBe(false);
    shard.hear([told(1, null)]);
    expect(shard.isRevoked(standing)).toBe(false);
    shard.hear([told(3, 5)]);
    expect(shard.isRevoked(standing)).toBe(true);
    expect(shard.isRevoked({ ...standing, issued: 6 })).toBe(false);
  });
});
