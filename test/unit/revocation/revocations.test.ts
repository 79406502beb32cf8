/** The list of revocations, and how every shard of the ledger comes to know it. */

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { standingOn } from "../../../worker/ledger/admission.ts";
import { REVOCATIONS_NAME } from "../../../worker/ledger/revoked.ts";
import type { Ledger } from "../../../worker/ledger/shard.ts";
import type { Revocations } from "../../../worker/revocation/revocations.ts";
import { LEDGER, nowSeconds, REVOCATIONS } from "../ledger/shard.ts";

type List = DurableObjectStub<Revocations>;

/** All that the list has, as a shard would be told it that starts now. */
async function listed(list: List, after = 0): Promise<string[]> {
  const told: string[] = [];
  for (let last = after, more = true; more; ) {
    const page = await list.join("reader", last);
    expect(page.revocations.length).toBeLessThanOrEqual(1000);
    told.push(...page.revocations.map(({ key }) => key));
    last = page.revocations.at(-1)?.seq ?? last;
    ({ more } = page);
  }
  return told;
}

/** Puts something in front of the shards that the list tells; `undefined` takes it away. */
function interfere(list: List, hear: ((name: string) => Promise<void>) | undefined): Promise<void> {
  return runInDurableObject(list, (instance) => {
    const holder = instance as unknown as { env: { LEDGER: DurableObjectNamespace<Ledger> } };
    const getByName = (name: string) => ({
      hear: async (...args: Parameters<Ledger["hear"]>) => {
        await hear?.(name);
        await LEDGER.getByName(name).hear(...args);
      },
    });
    Object.defineProperty(holder, "env", { value: { LEDGER: { getByName } }, configurable: true });
  });
}

const isRevoked = (shard: string, key: string, issued = 1): Promise<boolean> =>
  LEDGER.getByName(shard).isRevoked(standingOn({ keys: ["other", key], issued })) as Promise<boolean>;

describe("a revoked name", () => {
  test("is revoked, and listed once with all its parts", async () => {
    const list = REVOCATIONS.getByName("some");
    await list.revoke(["a"], "why");
    await list.revoke(["a"], "again");
    await list.revoke(["b"], "");
    expect(await list.anyRevoked({ keys: ["x", "y"], issued: 1 })).toBe(false);
    expect(await list.anyRevoked({ keys: ["x", "b"], issued: 1 })).toBe(true);
    expect(await listed(list)).toEqual(["a", "b"]);
    expect(await listed(list, 1)).toEqual(["b"]);
    expect(await list.latest(10)).toMatchObject([
      { key: "b", reason: "" },
      { key: "a", reason: "why" },
    ]);
  });

  test("until a time does not affect what is issued later", async () => {
    const list = REVOCATIONS.getByName("until");
    await list.revoke(["s"], "", { before: 100 });
    expect(await list.anyRevoked({ keys: ["s"], issued: 100 })).toBe(true);
    expect(await list.anyRevoked({ keys: ["s"], issued: 101 })).toBe(false);
    await list.revoke(["s"], "", { before: 90 });
    await list.revoke(["s"], "", { before: 200 });
    expect(await list.anyRevoked({ keys: ["s"], issued: 200 })).toBe(true);
    expect(await listed(list)).toHaveLength(2);
    await list.revoke(["s"], "for good");
    expect(await list.anyRevoked({ keys: ["s"], issued: 1e12 })).toBe(true);
  });

  test("is found among more keys than SQL takes parameters", async () => {
    const list = REVOCATIONS.getByName("many");
    await list.revoke(["k-499"], "");
    const keys = Array.from({ length: 500 }, (_, i) => `k-${i}`);
    expect(await list.anyRevoked({ keys, issued: 1 })).toBe(true);
    expect(await list.anyRevoked({ keys: keys.slice(0, 499), issued: 1 })).toBe(false);
  });

  test("without any further effect is forgotten, here and in the shards, and no other", async () => {
    const list = REVOCATIONS.getByName("pruned");
    await list.join("pruned", 0);
    await list.revoke(["expired"], "", { until: nowSeconds() - 1000 });
    await list.revoke(["living"], "", { until: nowSeconds() + 1000 });
    await list.revoke(["good"], "");
    expect(await runDurableObjectAlarm(list)).toBe(true);
    expect(await listed(list)).toEqual(["living", "good"]);
    await runInDurableObject(LEDGER.getByName("pruned"), (instance) => instance.alarm());
    expect(await isRevoked("pruned", "expired")).toBe(false);
    expect([await isRevoked("pruned", "living"), await isRevoked("pruned", "good")]).toEqual([true, true]);
    await list.revoke(["living"], "", { until: nowSeconds() + 2000 });
    expect((await listed(list)).at(-1)).toBe("living");
  });
});

describe("a revocation", () => {
  test("is known to every shard when it is acknowledged", async () => {
    const list = REVOCATIONS.getByName("told");
    const shards = ["told-0", "told-1", "told-2"];
    for (const name of shards) await list.join(name, 0);
    expect(await list.revoke(["k"], "")).toEqual([]);
    for (const name of shards) expect(await isRevoked(name, "k"), name).toBe(true);
    expect(await list.pending()).toEqual([]);
  });

  test("of more keys than fit into a call is sent completely", async () => {
    const list = REVOCATIONS.getByName("pages");
    await list.join("pages", 0);
    const keys = Array.from({ length: 2500 }, (_, i) => `k-${i}`);
    expect(await list.revoke(keys, "")).toEqual([]);
    for (const key of ["k-0", "k-999", "k-1000", "k-2499"]) expect(await isRevoked("pages", key), key).toBe(true);
    expect(await listed(list)).toEqual(keys);
  });

  test("names the unreachable shards, and is sent to them again until they have it", async () => {
    const list = REVOCATIONS.getByName("pending");
    const shards = ["pending-up", "pending-down"];
    for (const name of shards) await list.join(name, 0);
    const unreachable = async (name: string): Promise<void> => {
      if (name === "pending-down") throw new Error("the shard cannot be reached");
    };
    await interfere(list, unreachable);
    expect(await list.revoke(["k"], "")).toEqual(["pending-down"]);
    expect([await isRevoked("pending-up", "k"), await isRevoked("pending-down", "k")]).toEqual([true, false]);
    expect(await list.pending()).toEqual(["pending-down"]);
    // The next one is told with the first, once the shard is back.
    await runInDurableObject(list, (instance) => instance.alarm());
    expect(await list.pending()).toEqual(["pending-down"]);
    const alarm = await runInDurableObject(list, (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeGreaterThan(Date.now());
    await interfere(list, undefined);
    await runInDurableObject(list, (instance) => instance.alarm());
    expect(await list.pending()).toEqual([]);
    expect(await isRevoked("pending-down", "k")).toBe(true);
  });

  test("does not wait forever for a shard that never answers", async () => {
    const list = REVOCATIONS.getByName("hanging");
    for (const name of ["hanging-0", "hanging-1"]) await list.join(name, 0);
    const held = Promise.withResolvers<void>();
    await interfere(list, (name) => (name === "hanging-0" ? held.promise : Promise.resolve()));
    expect(await list.revoke(["k"], "")).toEqual(["hanging-0"]);
    expect(await isRevoked("hanging-1", "k")).toBe(true);
    held.resolve();
  });

  test("that a shard lacks is not forgotten before the shard has it", async () => {
    const list = REVOCATIONS.getByName("pruned late");
    await list.join("pruned late", 0);
    await interfere(list, () => Promise.reject(new Error("the shard cannot be reached")));
    expect(await list.revoke(["k"], "", { until: nowSeconds() - 1000 })).toEqual(["pruned late"]);
    await runInDurableObject(list, (instance) => instance.alarm());
    expect(await listed(list)).toEqual(["k"]);
  });

  test("is still sent after a restart of the list", async () => {
    const list = REVOCATIONS.getByName("restarted list");
    await list.join("restarted", 0);
    await interfere(list, () => Promise.reject(new Error("the shard cannot be reached")));
    await list.revoke(["k"], "");
    await evictDurableObject(list);
    await runInDurableObject(list, (instance) => instance.alarm());
    expect(await list.pending()).toEqual([]);
    expect(await isRevoked("restarted", "k")).toBe(true);
  });
});

describe("a shard that starts later", () => {
  test("knows all revocations before it admits anything, and receives new ones", async () => {
    const list = REVOCATIONS.getByName(REVOCATIONS_NAME);
    const keys = Array.from({ length: 2100 }, (_, i) => `late-${i}`);
    await list.revoke(keys, "");
    const shard = LEDGER.getByName("a late shard");
    const admitted = await shard.admit({ standings: [standingOn({ keys: ["late-2099"], issued: 1 })], singles: [] });
    expect(admitted).toEqual({ admitted: false, why: "revoked", which: 0 });
    expect(await isRevoked("a late shard", "late-0")).toBe(true);
    expect(await list.revoke(["later"], "")).toEqual([]);
    expect(await isRevoked("a late shard", "later")).toBe(true);
  });

  test("subscribes once, and asks for nothing after a restart", async () => {
    const shard = LEDGER.getByName("joined once");
    expect(await shard.isRevoked(standingOn({ keys: ["x"], issued: 1 }))).toBe(false);
    await REVOCATIONS.getByName(REVOCATIONS_NAME).revoke(["joined-k"], "");
    await evictDurableObject(shard);
    expect(await isRevoked("joined once", "joined-k")).toBe(true);
  });
});
