/** What came of admitted requests: written after them, told together with them. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../../worker/ledger/admission.ts";
import { findBreak } from "../../../worker/ledger/entry.ts";
import { tellEntries } from "../../../worker/ledger/outcomes.ts";
import { admissionOf, entryOf, LEDGER, rowsOf, type Shard, sha256 } from "./shard.ts";

const allowed = (id: string, task = "t"): Outcome => ({ task, id, kind: "allowed", status: 200 });
const down: Outcome = {
  task: "t",
  id: "b",
  kind: "failed",
  rule: "upstream_unreachable",
  message: "the upstream cannot be reached",
  status: 502,
};

async function told(shard: Shard, task = "t"): Promise<unknown[]> {
  const entries = await shard.entries(task);
  expect(findBreak(entries, sha256)).toBeUndefined();
  return tellEntries(entries).map(({ seq, record }) => ({ seq, ...record }));
}

describe("an outcome", () => {
  test("is written with the next commit of its shard, in one entry for each task", async () => {
    const shard = LEDGER.getByName("outcomes");
    for (const id of ["a", "b"]) await shard.admit(admissionOf(entryOf("t", id)));
    await runInDurableObject(shard, async (instance) => {
      instance.settle([allowed("a")]);
      instance.settle([down]);
      await instance.admit(admissionOf(entryOf("t", "c")));
    });
    const entries = await shard.entries("t");
    expect(entries).toHaveLength(4);
    expect(JSON.parse(entries[2]?.record as string)).toEqual({
      time: expect.any(String),
      outcomes: [
        { id: "a", outcome: "allowed", status: 200 },
        { id: "b", outcome: "failed", rule: down.rule, message: down.message, status: 502 },
      ],
    });
    expect(await told(shard)).toMatchObject([
      { seq: 1, id: "a", outcome: "allowed", status: 200 },
      { seq: 2, id: "b", outcome: "failed", rule: "upstream_unreachable", status: 502 },
      { seq: 4, id: "c", outcome: "allowed" },
    ]);
  });

  test("is written although no request comes after it", async () => {
    const shard = LEDGER.getByName("outcome alone");
    await shard.admit(admissionOf(entryOf("t", "a")));
    await shard.settle([allowed("a")]);
    await vi.waitFor(async () => expect(await shard.entries("t")).toHaveLength(2), { timeout: 5000 });
    expect(await told(shard)).toMatchObject([{ id: "a", status: 200 }]);
  });

  test("of several tasks is in the ledger of each", async () => {
    const shard = LEDGER.getByName("outcomes of tasks");
    await shard.admit(admissionOf(entryOf("one", "a")));
    await shard.admit(admissionOf(entryOf("two", "b")));
    await runInDurableObject(shard, async (instance) => {
      instance.settle([allowed("a", "one")]);
      instance.settle([allowed("b", "two")]);
      await instance.admit(admissionOf(entryOf("one", "c")));
    });
    expect(await told(shard, "one")).toMatchObject([{ id: "a", status: 200 }, { id: "c" }]);
    expect(await told(shard, "two")).toMatchObject([{ id: "b", status: 200 }]);
  });

  test("of a request that was not carried out is used by searches", async () => {
    const shard = LEDGER.getByName("outcome found");
    for (const id of ["a", "b"]) await shard.admit(admissionOf(entryOf("t", id)));
    await runInDurableObject(shard, async (instance) => {
      instance.settle([down]);
      await instance.admit(admissionOf(entryOf("t", "c")));
    });
    expect(await shard.search({ outcome: "failed", limit: 10 })).toMatchObject([
      { id: "b", rule: "upstream_unreachable" },
    ]);
    expect((await shard.search({ outcome: "allowed", limit: 10 })).map(({ id }) => id)).toEqual(["c", "a"]);
    // The decision itself is kept as it was made.
    expect(JSON.parse((await shard.entries("t"))[1]?.record as string)).toMatchObject({ outcome: "allowed" });
  });

  test("is written later if its commit fails", async () => {
    const shard = LEDGER.getByName("outcome again");
    await shard.admit(admissionOf(entryOf("t", "a")));
    await runInDurableObject(shard, async (instance) => {
      instance.settle([allowed("a")]);
      await expect(instance.admit(admissionOf(entryOf("t", "a")))).rejects.toThrow();
      await instance.admit(admissionOf(entryOf("t", "b")));
    });
    expect(await shard.entries("t")).toHaveLength(3);
    expect(await told(shard)).toMatchObject([{ id: "a", status: 200 }, { id: "b" }]);
  });
});

test("a decision whose outcome never came has no status: its outcome is unknown", async () => {
  const shard = LEDGER.getByName("outcome lost");
  await shard.admit(admissionOf(entryOf("t", "a")));
  await evictDurableObject(shard);
  const [only] = await told(shard);
  expect(only).toMatchObject({ id: "a", outcome: "allowed" });
  expect(only).not.toHaveProperty("status");
  expect(await rowsOf(shard, "SELECT id FROM entries")).toEqual([{ id: "a" }]);
});

test("outcomes are returned only with their decisions; acts are returned unchanged", () => {
  const line = (seq: number, record: object) => ({ seq, prev: "", hash: "", record: JSON.stringify(record) });
  const act = { id: "act", time: "t", act: "revoked", by: { sub: "s", iss: "i" }, about: {} };
  const entries = [
    line(1, { id: "a", time: "t", outcome: "allowed" }),
    line(2, act),
    line(3, { time: "t", outcomes: [allowed("a"), allowed("of another ledger")] }),
  ];
  expect(tellEntries(entries)).toMatchObject([
    { seq: 1, record: { id: "a", status: 200 } },
    { seq: 2, record: act },
  ]);
});
