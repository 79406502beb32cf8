/** The store of what each caller had before, as it runs in workerd. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { SIGN_DEFAULTS } from "../../../worker/config.ts";
import type { Env } from "../../../worker/env.ts";
import type { Seen } from "../../../worker/signs/seen.ts";
import { planned } from "../plans.ts";

const { SEEN } = env as unknown as Env;
const newStore = () => SEEN.getByName(crypto.randomUUID());
const DAY_MS = 24 * 3600 * 1000;

type Store = ReturnType<typeof newStore>;

function rows(store: Store, query: string): Promise<Record<string, SqlStorageValue>[]> {
  return runInDurableObject(store, (_, { storage }) => storage.sql.exec(query).toArray());
}

/** All that it has was there so many milliseconds earlier. */
function ageOf(store: Store, milliseconds: number): Promise<void> {
  return runInDurableObject(store, (_, { storage }) => {
    for (const table of ["seen", "callers"]) storage.sql.exec(`UPDATE ${table} SET last = last - ?`, milliseconds);
  });
}

describe("the store", () => {
  test("reports a new fact to one of 64 concurrent requests", async () => {
    const store = newStore();
    const answers = await Promise.all(Array.from({ length: 64 }, async () => store.see("c", ["f"], 1)));
    expect(answers.filter(({ last }) => !("f" in last))).toHaveLength(1);
  });

  test("separates callers, and writes nothing when it is asked", async () => {
    const store = newStore();
    await store.see("one", ["f"], 3);
    expect(await store.look("two", ["f"])).toEqual({ last: {}, depth: undefined, burst: 0 });
    expect(await store.look("two", ["f"])).toEqual({ last: {}, depth: undefined, burst: 0 });
    expect(await store.look("one", ["f", "g"])).toMatchObject({ last: { f: expect.any(Number) }, depth: 3 });
  });

  test("keeps `most` facts of a caller, and forgets those that were there longest ago: a flood harms no other", async () => {
    const store = newStore();
    await store.see("other", ["f"], 1);
    await store.see("flooding", ["first"], 1);
    await ageOf(store, 1000);
    for (let n = 0; n < 12; n++)
      await store.see(
        "flooding",
        Array.from({ length: 100 }, (_, index) => `${n}-${index}`),
        1,
      );
    const [row] = await rows(store, "SELECT count(*) AS count FROM seen WHERE caller = 'flooding'");
    expect(row?.["count"]).toBe(SIGN_DEFAULTS.most);
    expect((await store.look("flooding", ["first"])).last).toEqual({});
    expect((await store.look("other", ["f"])).last).toHaveProperty("f");
  });

  test("forgets callers that were only denied before one that was admitted", async () => {
    const store = newStore();
    await store.see("calm", ["key"], 2);
    await ageOf(store, 1000);
    await runInDurableObject(store, (_, { storage }) =>
      storage.sql
        .exec(
          `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 9999)
           INSERT INTO callers SELECT 'denied ' || n, ?, NULL, 0, 1, 0 FROM n`,
          Date.now(),
        )
        .toArray(),
    );
    await store.deny("one more");
    expect(await store.look("calm", ["key"])).toMatchObject({ last: { key: expect.any(Number) }, depth: 2 });
    expect(await rows(store, "SELECT count(*) AS count FROM callers")).toEqual([{ count: 10_000 }]);
  });

  test("forgets facts that were not seen for keep_days", async () => {
    const store = newStore();
    await store.see("c", ["old"], 1);
    await ageOf(store, SIGN_DEFAULTS.keep_days * DAY_MS + 1);
    await store.see("d", ["new"], 1);
    await runInDurableObject(store, (seen: Seen) => seen.alarm());
    expect(await rows(store, "SELECT fact FROM seen")).toEqual([{ fact: "new" }]);
    expect(await rows(store, "SELECT caller FROM callers")).toEqual([{ caller: "d" }]);
  });

  test("forgets the old facts of every caller, in steps, and leaves their new ones", async () => {
    const store = newStore();
    const callers = Array.from({ length: 250 }, (_, n) => `caller ${n}`);
    for (const caller of callers) await store.see(caller, ["old"], 1);
    await ageOf(store, SIGN_DEFAULTS.keep_days * DAY_MS + 1);
    for (const caller of callers) await store.see(caller, ["new"], 1);
    await runInDurableObject(store, (seen: Seen) => seen.alarm());
    expect(await rows(store, "SELECT count(*) AS count, fact FROM seen GROUP BY fact")).toEqual([
      { count: 250, fact: "new" },
    ]);
    expect(await rows(store, "SELECT count(*) AS count FROM callers")).toEqual([{ count: 250 }]);
  });

  test("counts callers only when one is new: a request with nothing new reads no table whole", async () => {
    const store = newStore();
    await store.see("c", ["f"], 1);
    const scansOf = async (run: () => Promise<unknown>): Promise<string[]> =>
      (await planned(store, run)).filter(({ scans }) => scans).map(({ statement }) => statement);
    expect(await scansOf(() => store.see("c", ["f"], 1))).toEqual([]);
    expect(await scansOf(() => store.see("c", ["g"], 1))).toEqual([]);
    expect(await scansOf(() => store.deny("c"))).toEqual([]);
    expect(await scansOf(() => store.deny("d"))).toEqual(["SELECT count(*) AS count FROM callers"]);
  });

  test("says once that denials have become a burst", async () => {
    const store = newStore();
    const answers = await Promise.all(Array.from({ length: 64 }, async () => store.deny("c")));
    expect(answers.filter((isBurst) => isBurst)).toHaveLength(1);
    expect((await store.look("c", [])).burst).toBeGreaterThan(0);
  });
});
