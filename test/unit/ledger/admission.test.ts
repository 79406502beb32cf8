/** What a shard admits, and what it refuses: all of an admission is written, or nothing is. */

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { standingOn } from "../../../worker/ledger/admission.ts";
import { findBreak } from "../../../worker/ledger/entry.ts";
import type { Ledger } from "../../../worker/ledger/shard.ts";
import { admissionOf, entryOf, LEDGER, nowSeconds, proof, rowsOf, sha256 } from "./shard.ts";

describe("something single use", () => {
  test("is admitted once; the refusal names it, and the refused entry is not written", async () => {
    const shard = LEDGER.getByName("once");
    expect(await shard.admit(admissionOf(entryOf("t", "a"), { singles: [proof("p")] }))).toMatchObject({
      admitted: true,
    });
    expect(await shard.admit(admissionOf(entryOf("t", "b"), { singles: [proof("p")] }))).toEqual({
      admitted: false,
      why: "replayed",
      name: "p",
    });
    expect(await shard.admit(admissionOf(entryOf("t", "c"), { singles: [proof("q")] }))).toMatchObject({
      admitted: true,
    });
    expect(await rowsOf(shard, "SELECT id FROM entries ORDER BY at")).toEqual([{ id: "a" }, { id: "c" }]);
  });

  test("is admitted and recorded once of a hundred at the same time", async () => {
    const shard = LEDGER.getByName("race");
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        shard.admit(admissionOf(entryOf("t", `id-${i}`), { singles: [proof("p")] })),
      ),
    );
    expect(answers.filter(({ admitted }) => admitted)).toHaveLength(1);
    expect(await shard.entries("t")).toHaveLength(1);
  });

  test("with one part that was spent before spends none of the others", async () => {
    const shard = LEDGER.getByName("together");
    expect(await shard.spend([proof("p")])).toBe(true);
    expect(await shard.spend([proof("q"), proof("p")])).toBe(false);
    expect(await shard.admit(admissionOf(entryOf("t", "a"), { singles: [proof("r"), proof("p")] }))).toMatchObject({
      name: "p",
    });
    expect([await shard.seen("p"), await shard.seen("q"), await shard.seen("r")]).toEqual([true, false, false]);
    expect(await shard.spend([proof("q"), proof("r")])).toBe(true);
  });

  test.each([
    ["in its entry", entryOf("t", "a"), 60],
    ["for longer than an entry keeps it", entryOf("t", "a"), 3600],
    ["without an entry", undefined, 60],
  ])("and was spent %s is spent after a restart of the object", async (name, entry, seconds) => {
    const shard = LEDGER.getByName(`restart ${name}`);
    const singles = [proof("p", seconds)];
    expect(await shard.admit(admissionOf(entry, { singles }))).toMatchObject({ admitted: true });
    await evictDurableObject(shard);
    expect(await shard.seen("p")).toBe(true);
    expect(await shard.admit(admissionOf(entryOf("t", "b"), { singles }))).toMatchObject({ why: "replayed" });
  });
});

describe("a revoked authority", () => {
  const revocation = { seq: 1, key: "s", before: 100, until: null };
  const standing = (issued: number, ...keys: string[]) => standingOn({ keys, issued });

  test("is refused, and nothing of the request is spent or written", async () => {
    const shard = LEDGER.getByName("revoked");
    await shard.hear([revocation]);
    const delivery = { message: "m", delivery: "d", expires: nowSeconds() + 60 };
    const standings = [standing(100, "x"), standing(100, "y", "s")];
    const refused = await shard.admit(admissionOf(entryOf("t", "a"), { standings, singles: [proof("p")], delivery }));
    expect(refused).toEqual({ admitted: false, why: "revoked", which: 1 });
    for (const table of ["entries", "spent", "deliveries", "tasks"])
      expect(await rowsOf(shard, `SELECT * FROM ${table}`), table).toEqual([]);
    expect(await shard.seen("p")).toBe(false);
  });

  test("until a time leaves what was issued later", async () => {
    const shard = LEDGER.getByName("revoked until");
    await shard.hear([revocation]);
    const admit = async (id: string, issued: number) =>
      (await shard.admit(admissionOf(entryOf("t", id), { standings: [standing(issued, "s")] }))).admitted;
    expect([await admit("a", 100), await admit("b", 101)]).toEqual([false, true]);
    await shard.hear([{ ...revocation, seq: 2, before: 90 }]);
    expect(await admit("c", 100)).toBe(false);
    await shard.hear([{ ...revocation, seq: 3, before: 200 }]);
    expect([await admit("d", 200), await admit("e", 201)]).toEqual([false, true]);
    await shard.hear([{ ...revocation, seq: 4, before: null }]);
    expect(await admit("f", 1e12)).toBe(false);
  });

  test("is found among more keys than SQL takes parameters", async () => {
    const shard = LEDGER.getByName("revoked many");
    await shard.hear([{ ...revocation, key: "k-499", before: null }]);
    const keys = Array.from({ length: 500 }, (_, i) => `k-${i}`);
    const admit = async (id: string, some: readonly string[]) =>
      (await shard.admit(admissionOf(entryOf("t", id), { standings: [standing(1, ...some)] }))).admitted;
    expect(await admit("a", keys)).toBe(false);
    expect(await admit("b", keys.slice(0, 499))).toBe(true);
  });

  test("is still known after a restart of the object", async () => {
    const shard = LEDGER.getByName("revoked restart");
    await shard.hear([{ ...revocation, before: null }]);
    await evictDurableObject(shard);
    const standings = [standing(1, "s")];
    expect(await shard.admit(admissionOf(entryOf("t", "a"), { standings }))).toMatchObject({ why: "revoked" });
  });
});

test("a redelivered message is accepted with the same delivery id and refused with another", async () => {
  const shard = LEDGER.getByName("messages");
  const expires = nowSeconds() + 60;
  const admit = (id: string, message: string, delivery: string) =>
    shard.admit(admissionOf(entryOf("t", id), { delivery: { message, delivery, expires } }));
  expect(await admit("a", "m", "d1")).toMatchObject({ admitted: true });
  expect(await admit("b", "m", "d2")).toEqual({ admitted: false, why: "redelivered" });
  expect(await admit("c", "m", "d1")).toMatchObject({ admitted: true });
  expect(await admit("d", "other", "d2")).toMatchObject({ admitted: true });
  await evictDurableObject(shard);
  expect(await admit("e", "m", "d2")).toEqual({ admitted: false, why: "redelivered" });
});

describe("an admission whose answer was lost", () => {
  test("is admitted again and written once, if the caller says that it is a retry", async () => {
    const shard = LEDGER.getByName("again");
    const admission = admissionOf(entryOf("t", "a"), { singles: [proof("p")] });
    await shard.admit(admission);
    await shard.admit(admissionOf(entryOf("t", "b")));
    expect(await shard.admit({ ...admission, again: true })).toMatchObject({ admitted: true });
    expect(await shard.entries("t")).toHaveLength(2);
    expect(await shard.admit(admissionOf(entryOf("t", "c"), { singles: [proof("p")] }))).toMatchObject({
      why: "replayed",
    });
  });

  test("gets no place in the status list if it has been revoked since; the admission stays", async () => {
    const shard = LEDGER.getByName("again revoked");
    const standings = [standingOn({ keys: ["k"], issued: 1 })];
    const placed = admissionOf(entryOf("t", "a"), { standings, placeUntil: nowSeconds() + 60 });
    const request = admissionOf(entryOf("t", "b"), { standings });
    for (const each of [placed, request]) expect(await shard.admit(each)).toMatchObject({ admitted: true });
    await shard.hear([{ seq: 1, key: "k", before: null, until: null }]);
    expect(await shard.admit({ ...placed, again: true })).toEqual({ admitted: false, why: "revoked", which: 0 });
    expect(await shard.admit({ ...request, again: true })).toMatchObject({ admitted: true });
  });

  test("and that was never written is decided like a first one", async () => {
    const shard = LEDGER.getByName("again first");
    const admission = admissionOf(entryOf("t", "a"), { singles: [proof("p")], again: true });
    expect(await shard.admit(admission)).toMatchObject({ admitted: true });
    const other = admissionOf(entryOf("t", "b"), { singles: [proof("p")], again: true });
    expect(await shard.admit(other)).toMatchObject({ why: "replayed" });
    expect(await shard.entries("t")).toHaveLength(1);
  });
});

test("admissions that share a commit are all undone if one throws, in memory and on disk", async () => {
  const shard = LEDGER.getByName("batch");
  await shard.admit(admissionOf(entryOf("t", "a"), { singles: [proof("p")] }));
  const second = admissionOf(entryOf("t", "b"), { singles: [proof("q")] });
  const third = admissionOf(entryOf("new", "c"), { singles: [proof("r")] });
  // Calls share a commit if no time passes between them.
  vi.spyOn(Date, "now").mockReturnValue(Date.now());
  const [, ...answers] = await runInDurableObject(shard, (instance: Ledger) =>
    Promise.allSettled([
      instance.admit(admissionOf(undefined)),
      instance.admit(second),
      instance.admit(third),
      // Its id is taken.
      instance.admit(admissionOf(entryOf("t", "a"))),
    ]),
  );
  vi.restoreAllMocks();
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect([await shard.seen("p"), await shard.seen("q"), await shard.seen("r")]).toEqual([true, false, false]);
  expect(await rowsOf(shard, "SELECT task FROM tasks")).toEqual([{ task: "t" }]);

  expect(await shard.admit(second)).toMatchObject({ admitted: true });
  expect(await shard.admit(third)).toMatchObject({ admitted: true });
  const entries = await shard.entries("t");
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(findBreak(entries, sha256)).toBeUndefined();
  expect(findBreak(await shard.entries("new"), sha256)).toBeUndefined();
});
