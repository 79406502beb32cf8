/** The life of a policy set in an isolate: loaded once, refreshed behind, never replaced by what cannot be used. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { toBase64url } from "../../wasm/core.ts";
import { verificationCore } from "../../worker/core.ts";
import type { Env } from "../../worker/index.ts";
import { CURRENT_KEY, createPolicyStore, type PolicyEdges, policySetKey } from "../../worker/policy/load.ts";

const { KV } = env as unknown as Env;
const { sha256 } = verificationCore();
let clock = 0;
let behind: Promise<unknown>[] = [];
let broken = false;

const edges: PolicyEdges = {
  kv: {
    get: ((key: string, type?: "arrayBuffer") => {
      if (broken) return Promise.reject(new Error("KV is down"));
      return type === undefined ? KV.get(key) : KV.get(key, type);
    }) as PolicyEdges["kv"]["get"],
    put: (key, value) => KV.put(key, value),
  },
  sha256,
  now: () => clock,
  waitUntil: (work) => void behind.push(work),
};

const documentOf = (note: string, version = 1, conditions: object[] = []): Uint8Array => {
  const all = { op: "All" };
  const policy = {
    id: "policy0",
    effect: "permit",
    annotations: { note },
    principal: all,
    action: all,
    resource: all,
    conditions,
  };
  return new TextEncoder().encode(
    JSON.stringify({ policies: { version, policies: [policy], actions: [] }, entities: [] }),
  );
};
const hashOf = (bytes: Uint8Array): string => toBase64url(sha256(bytes));

async function put(bytes: Uint8Array, hash = hashOf(bytes)): Promise<string> {
  await KV.put(policySetKey(hash), bytes);
  await KV.put(CURRENT_KEY, hash);
  return hash;
}

beforeEach(async () => {
  [clock, behind, broken] = [0, [], false];
  await KV.delete(CURRENT_KEY);
});

describe("the policy store", () => {
  test("has nothing while KV has nothing, and looks again", async () => {
    const store = createPolicyStore(10);
    expect(await store.current(edges)).toBeUndefined();
    const hash = await put(documentOf("a"));
    expect((await store.current(edges))?.hash).toBe(hash);
  });

  test("refreshes behind the request once its time has come", async () => {
    const store = createPolicyStore(10);
    const first = await put(documentOf("a"));
    expect((await store.current(edges))?.hash).toBe(first);
    const second = await put(documentOf("b"));
    clock = 9_000;
    expect((await store.current(edges))?.hash).toBe(first);
    expect(behind).toHaveLength(0);
    clock = 10_000;
    expect((await store.current(edges))?.hash).toBe(first);
    await Promise.all(behind);
    expect((await store.current(edges))?.hash).toBe(second);
  });

  test("keeps the last good set while KV is down", async () => {
    const store = createPolicyStore(10);
    const hash = await put(documentOf("a"));
    await store.current(edges);
    [clock, broken] = [60_000, true];
    expect((await store.current(edges))?.hash).toBe(hash);
    await Promise.all(behind);
    expect((await store.current(edges))?.hash).toBe(hash);
  });

  test.each([
    ["was changed in KV", () => [documentOf("tampered"), hashOf(documentOf("other"))] as const],
    ["has an unknown version", () => [documentOf("v", 2), hashOf(documentOf("v", 2))] as const],
    ["is no JSON", () => [new TextEncoder().encode("{"), hashOf(new TextEncoder().encode("{"))] as const],
    [
      "uses an unknown operator",
      () => {
        const bytes = documentOf("x", 1, [{ kind: "when", body: { frobnicate: {} } }]);
        return [bytes, hashOf(bytes)] as const;
      },
    ],
  ])("keeps the last good set where the new one %s", async (_, make) => {
    const store = createPolicyStore(10);
    const good = await put(documentOf("a"));
    await store.current(edges);
    const [bytes, hash] = make();
    await put(bytes, hash);
    clock = 20_000;
    await store.current(edges);
    await Promise.all(behind);
    expect((await store.current(edges))?.hash).toBe(good);
    await expect(store.publish(bytes, hash, edges)).rejects.toThrow();
  });
});
