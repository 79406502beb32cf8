/** Which shard a task belongs to, before and after their number is raised. */
import { describe, expect, test } from "vitest";
import { createShards } from "../../../worker/ledger/shards.ts";

const names = Array.from({ length: 2000 }, () => crypto.randomUUID());

describe("shards", () => {
  test("always map a task to the same shard, and spread tasks over all", () => {
    const shards = createShards([{ from: 0, count: 16 }]);
    const counts = Map.groupBy(names, (name) => shards.ofTask(name, 1));
    expect([...counts.keys()].sort()).toEqual(shards.all.toSorted());
    for (const some of counts.values()) expect(some.length).toBeGreaterThan(60);
    for (const name of names) {
      expect(shards.ofTask(name, 1e9)).toBe(shards.ofTask(name, 1));
      expect(shards.ofOwner(name, 1e9)).toBe(shards.ofTask(name, 1));
      expect(shards.holding(name)).toEqual([shards.ofTask(name, 1)]);
    }
  });

  test("are one by default", () => {
    const shards = createShards([{ from: 0, count: 1 }]);
    expect(shards.all).toEqual(["1-0"]);
    expect(shards.ofTask("any", 5)).toBe("1-0");
  });

  test("whose number is raised keep earlier tasks where they are", () => {
    const before = createShards([{ from: 0, count: 4 }]);
    const raised = createShards([
      { from: 0, count: 4 },
      { from: 1000, count: 8 },
      { from: 2000, count: 16 },
    ]);
    expect(raised.all).toHaveLength(4 + 8 + 16);
    for (const name of names) {
      expect(raised.ofTask(name, 999)).toBe(before.ofTask(name, 999));
      expect(raised.ofTask(name, 1000)).toMatch(/^8-[0-7]$/);
      expect(raised.ofTask(name, 1999)).toBe(raised.ofTask(name, 1000));
      expect(raised.ofTask(name, 2000)).toMatch(/^16-\d+$/);
      expect(raised.holding(name)).toEqual([
        raised.ofTask(name, 0),
        raised.ofTask(name, 1000),
        raised.ofTask(name, 2000),
      ]);
      expect(raised.all).toEqual(expect.arrayContaining([...raised.holding(name)]));
    }
  });
});
