/** How a registration changes: one change after another, and KV has what came of the last. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { workloadKey } from "../../../worker/chain/names/registry.ts";
import { parseWorkload, type Workload } from "../../../worker/chain/names/workload.ts";
import type { Workloads } from "../../../worker/chain/names/workloads.ts";
import type { Env } from "../../../worker/env.ts";
import { workloadOf } from "../../../worker/stores.ts";

const bindings = env as unknown as Env;
const review = { said: "confirm", owner: "team", used: ["orders:read"], until: "2099-01-01T00:00:00.000Z" } as const;
let made = 0;
let workload: Workload;
const store = () => workloadOf(bindings, workload.name);
const copied = () => bindings.KV.get(workloadKey(workload.name), "json");
beforeEach(() => {
  const name = `urn:acme:workload-${made++}`;
  workload = parseWorkload({ name, jwks_uri: "https://keys.acme.example", owner: "team", purpose: "tests" });
});

test("of 64 changes at once no review undoes the one that disables it", async () => {
  await store().put(workload, "any");
  const reviews = (count: number) => Array.from({ length: count }, () => store().review(review));
  await Promise.all([...reviews(20), store().put({ ...workload, disabled: true }, "any"), ...reviews(43)]);
  const { workload: after } = await store().read();
  expect(after).toMatchObject({ disabled: true });
  expect(await copied()).toEqual(after);
});

test("of many changes for the same version one is made", async () => {
  const { version } = (await store().put(workload, 0)) as { version: number };
  const answers = await Promise.all(Array.from({ length: 16 }, () => store().put(workload, version)));
  expect(answers.filter((answer) => !("refused" in answer))).toHaveLength(1);
});

test("a review counts only for a registration in force with the owner that the reviewer saw", async () => {
  expect(await store().review(review)).toEqual({ refused: "ended" });
  await store().put(workload, "any");
  expect(await store().review({ ...review, owner: "others" })).toEqual({ refused: "changed" });
  expect(await store().review({ ...review, said: "end" })).toMatchObject({ workload: { disabled: true } });
  expect(await store().review(review)).toEqual({ refused: "ended" });
  await store().put({ ...workload, expires: "2020-01-01T00:00:00Z" }, "any");
  expect(await store().review(review)).toEqual({ refused: "ended" });
});

test("a review does not restore a removed registration that KV still has", async () => {
  await store().put(workload, "any");
  await store().remove("any");
  await bindings.KV.put(workloadKey(workload.name), JSON.stringify(workload));
  expect(await store().review(review)).toEqual({ refused: "ended" });
});

test("an earlier registration in KV counts until it is changed", async () => {
  await bindings.KV.put(workloadKey(workload.name), JSON.stringify(workload));
  expect(await store().read()).toEqual({ workload, version: 0 });
  expect(await store().review(review)).toEqual({
    workload: { ...workload, review_by: review.until },
    version: 1,
  });
});

test("a change that KV missed is copied at the next access, and not lost", async () => {
  await store().put(workload, "any");
  const object = bindings.WORKLOADS.getByName(workload.name);
  await runInDurableObject(object, async (instance: Workloads) => {
    const holder = instance as unknown as { env: { KV: object } };
    const { KV } = holder.env;
    holder.env = { KV: { put: () => Promise.reject(new Error("KV is down")) } };
    await expect(instance.review(workload.name, { ...review, said: "end" })).rejects.toThrow("KV is down");
    await expect(instance.review(workload.name, review)).rejects.toThrow("KV is down");
    holder.env = { KV };
  });
  expect(await copied()).toMatchObject({ disabled: false });
  expect(await store().review(review)).toEqual({ refused: "ended" });
  expect(await copied()).toMatchObject({ disabled: true });
});
