/**
 * The life of a policy set in an isolate: released under a signature, refreshed behind, never replaced by what cannot
 * be used.
 */
import { env } from "cloudflare:workers";
import { CompactSign, exportJWK, generateKeyPair } from "jose";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verificationCore } from "../../worker/core.ts";
import type { Env } from "../../worker/env.ts";
import { hashOf, policySetKey } from "../../worker/policy/document.ts";
import { type CompiledDocument, MAX_DOCUMENT_BYTES, writeDocument } from "../../worker/policy/format.ts";
import { CURRENT_KEY, createPolicyStore, type PolicyEdges, SHADOW_KEY } from "../../worker/policy/load.ts";
import { RELEASE_TYPE } from "../../worker/policy/release.ts";

const { KV, RELEASES } = env as unknown as Env;
const { sha256 } = verificationCore();
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const history = () => RELEASES.getByName(`test-${object}`);

let clock = 0;
let behind: Promise<unknown>[] = [];
let broken = false;
let object = 0;
let edges: PolicyEdges;
let publisher: CryptoKey;
let stranger: CryptoKey;

beforeAll(async () => {
  const [ours, theirs] = [await generateKeyPair("EdDSA"), await generateKeyPair("EdDSA")];
  [publisher, stranger] = [ours.privateKey, theirs.privateKey];
  edges = {
    kv: {
      get: ((key: string, type?: "arrayBuffer") => {
        if (broken) return Promise.reject(new Error("KV is down"));
        return type === undefined ? KV.get(key) : KV.get(key, type);
      }) as PolicyEdges["kv"]["get"],
      put: (key, value) => KV.put(key, value),
    },
    publishers: { keys: [{ ...(await exportJWK(ours.publicKey)), kid: "p" }] },
    sha256,
    releases: {
      append: async (release, jws, bytes) => {
        const { seq, kind, set: hash } = release;
        const set = bytes && hash ? { hash, bytes } : undefined;
        return history().append({ seq, kind, release: JSON.stringify(release), jws }, set);
      },
      last: async (kind) => history().last(kind),
      set: async (hash) => history().set(hash),
    },
    now: () => clock,
    waitUntil: (work) => void behind.push(work),
  };
});

beforeEach(async () => {
  [clock, behind, broken] = [0, [], false];
  object++;
  await KV.delete(CURRENT_KEY);
  await KV.delete(SHADOW_KEY);
});

interface Changes {
  readonly version?: number;
  readonly operators?: readonly string[];
  readonly condition?: unknown;
}

/** A set of one permit. */
function documentOf(note: string, { version = 3, operators = [], condition }: Changes = {}): Uint8Array {
  const policy = {
    id: "policy0",
    effect: "permit",
    annotations: { note },
    ...(condition !== undefined && { condition }),
  };
  const none = { byEntity: {}, byType: {} };
  const index = { anywhere: [0], repeated: false, principal: none, action: none, resource: none };
  const policies = { version, operators, uids: [], policies: JSON.stringify(policy), index, actions: [] };
  return text(writeDocument({ policies, entities: [], source: "s" } as unknown as CompiledDocument));
}

interface ReleaseChanges {
  readonly kind?: string;
  readonly share?: number;
  readonly typ?: string;
  readonly key?: CryptoKey;
}

function releaseOf(
  seq: number,
  set: string,
  { kind = "current", share, typ = RELEASE_TYPE, key = publisher }: ReleaseChanges = {},
) {
  const claims = { kind, seq, set, iat: 1, ...(share !== undefined && { share }) };
  return new CompactSign(text(JSON.stringify(claims))).setProtectedHeader({ alg: "EdDSA", typ, kid: "p" }).sign(key);
}

/** Writes a set and its release straight into KV, as another isolate or an attacker would. */
async function put(seq: number, bytes: Uint8Array, changes?: ReleaseChanges): Promise<string> {
  const hash = hashOf(bytes, sha256);
  await KV.put(policySetKey(hash), bytes);
  await KV.put(changes?.kind === "shadow" ? SHADOW_KEY : CURRENT_KEY, await releaseOf(seq, hash, changes));
  return hash;
}

describe("the policy store", () => {
  test("is empty while KV is empty, and reads it again", async () => {
    const store = createPolicyStore(10);
    expect(await store.loaded(edges)).toBeUndefined();
    const hash = await put(1, documentOf("a"));
    expect((await store.loaded(edges))?.current.hash).toBe(hash);
  });

  test("refreshes in the background once its time has come", async () => {
    const store = createPolicyStore(10);
    const first = await put(1, documentOf("a"));
    expect((await store.loaded(edges))?.current.hash).toBe(first);
    const second = await put(2, documentOf("b"));
    clock = 9_000;
    expect((await store.loaded(edges))?.current.hash).toBe(first);
    expect(behind).toHaveLength(0);
    clock = 10_000;
    expect((await store.loaded(edges))?.current.hash).toBe(first);
    await Promise.all(behind);
    expect((await store.loaded(edges))?.current.hash).toBe(second);
  });

  test("keeps the last good set while KV is down", async () => {
    const store = createPolicyStore(10);
    const hash = await put(1, documentOf("a"));
    await store.loaded(edges);
    [clock, broken] = [60_000, true];
    expect((await store.loaded(edges))?.current.hash).toBe(hash);
    await Promise.all(behind);
    expect((await store.loaded(edges))?.current.hash).toBe(hash);
  });

  test("has a candidate beside the current set until a release removes it", async () => {
    const store = createPolicyStore(10);
    await put(1, documentOf("a"));
    const candidate = await put(2, documentOf("b"), { kind: "shadow", share: 0.5 });
    expect((await store.loaded(edges))?.candidate).toMatchObject({ hash: candidate, share: 0.5 });
    await store.release(await releaseOf(1, hashOf(documentOf("a"), sha256)), edges);
    expect((await store.loaded(edges))?.candidate?.hash).toBe(candidate);
  });

  const refused: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      "was changed in KV",
      async () => {
        const hash = await put(2, documentOf("other"));
        await KV.put(policySetKey(hash), documentOf("tampered"));
      },
    ],
    ["has an unknown version", () => put(2, documentOf("v", { version: 4 }))],
    ["uses an operator that is unknown here", () => put(2, documentOf("x", { operators: ["frobnicate"] }))],
    ["is no JSON", () => put(2, text("{"))],
    ["is too large", () => put(2, text(" ".repeat(MAX_DOCUMENT_BYTES + 1)))],
    ["is released by a stranger", () => put(2, documentOf("b"), { key: stranger })],
    ["is released by a token of another type", () => put(2, documentOf("b"), { typ: "JWT" })],
    ["is released under an earlier number", () => put(0, documentOf("b"))],
    ["is not there", async () => KV.put(CURRENT_KEY, await releaseOf(2, hashOf(text("nowhere"), sha256)))],
    ["has a pointer that is no release", () => KV.put(CURRENT_KEY, "garbage")],
  ];
  test.each(refused)("keeps the last good set if the new one %s", async (_, make) => {
    const store = createPolicyStore(10);
    const good = await put(1, documentOf("a"));
    await store.loaded(edges);
    await make();
    clock = 20_000;
    await store.loaded(edges);
    await Promise.all(behind);
    expect((await store.loaded(edges))?.current.hash).toBe(good);
  });
});

describe("an isolate that starts", () => {
  /** Publishes as the gateway does, then forgets the isolate. */
  async function publish(seq: number, bytes: Uint8Array): Promise<string> {
    const store = createPolicyStore(10);
    const hash = hashOf(bytes, sha256);
    await store.upload({ bytes: Uint8Array.from(bytes), hash, source: text("{}") }, edges);
    await store.release(await releaseOf(seq, hash), edges);
    return hash;
  }
  const loadedBy = async (): Promise<string | undefined> => (await createPolicyStore(10).loaded(edges))?.current.hash;

  test("uses the last release if KV has an older one", async () => {
    const first = await publish(1, documentOf("a"));
    const second = await publish(2, documentOf("b"));
    await KV.put(CURRENT_KEY, await releaseOf(1, first));
    expect(await loadedBy()).toBe(second);
  });

  test.each<[string, () => Promise<unknown>]>([
    ["holds no release", () => KV.delete(CURRENT_KEY)],
    ["holds garbage", () => KV.put(CURRENT_KEY, "garbage")],
    ["holds a stranger's release", async () => put(3, documentOf("c"), { key: stranger })],
  ])("takes up the last release if KV %s", async (_, breaks) => {
    await publish(1, documentOf("a"));
    const second = await publish(2, documentOf("b"));
    await breaks();
    expect(await loadedBy()).toBe(second);
  });

  test("uses nothing if the last release is unknown", async () => {
    await publish(1, documentOf("a"));
    const alone = { ...edges, releases: { ...edges.releases, last: () => Promise.reject(new Error("down")) } };
    expect(await createPolicyStore(10).loaded(alone)).toBeUndefined();
  });

  test.each<[string, (hash: string) => Promise<unknown>]>([
    ["was changed", (hash) => KV.put(policySetKey(hash), documentOf("tampered"))],
    ["is no JSON", (hash) => KV.put(policySetKey(hash), "{")],
    ["is gone", (hash) => KV.delete(policySetKey(hash))],
  ])("heals the set in KV if it %s", async (_, breaks) => {
    const bytes = documentOf("a".repeat(2_500_000));
    const hash = await publish(1, bytes);
    await breaks(hash);
    expect(await loadedBy()).toBe(hash);
    expect(hashOf(new Uint8Array((await KV.get(policySetKey(hash), "arrayBuffer")) as ArrayBuffer), sha256)).toBe(hash);
  });

  test("finds, outside KV, only the released sets that are in force", async () => {
    const first = await publish(1, documentOf("a"));
    const second = await publish(2, documentOf("b"));
    expect(await history().set(first)).toBeNull();
    expect(await history().set(second)).not.toBeNull();
  });
});

describe("publishing", () => {
  const upload = (bytes: Uint8Array, hash = hashOf(bytes, sha256)) =>
    createPolicyStore(10).upload({ bytes, hash, source: text("{}") }, edges);

  test("an uploaded and released set is in force at once", async () => {
    const store = createPolicyStore(10);
    const bytes = documentOf("a");
    await store.upload({ bytes, hash: hashOf(bytes, sha256), source: text("{}") }, edges);
    await store.release(await releaseOf(1, hashOf(bytes, sha256)), edges);
    expect((await store.loaded(edges))?.current.hash).toBe(hashOf(bytes, sha256));
  });

  test("a set that cannot be used is refused when it is uploaded, by name", async () => {
    await expect(upload(documentOf("a"), hashOf(documentOf("b"), sha256))).rejects.toThrow("does not have its hash");
    await expect(upload(documentOf("a", { version: 1 }))).rejects.toThrow("has the format 1");
    await expect(upload(documentOf("a", { operators: ["frobnicate"] }))).rejects.toThrow("`frobnicate`");
    // An operator that the header does not own up to is found when the policies are built.
    await expect(upload(documentOf("a", { condition: ["frobnicate"] }))).rejects.toThrow(
      "`frobnicate` is not supported",
    );
    await expect(upload(documentOf("a", { condition: ["entity", 7] }))).rejects.toThrow("not in the table");
  });

  test("a release must be signed by a publisher, be the next, and name an existing set", async () => {
    const store = createPolicyStore(10);
    const bytes = documentOf("a");
    const hash = hashOf(bytes, sha256);
    await upload(bytes);
    await expect(store.release(await releaseOf(1, hash, { key: stranger }), edges)).rejects.toThrow("not signed by");
    await expect(store.release(await releaseOf(2, hash), edges)).rejects.toThrow("release 2 is not the next");
    await expect(store.release(await releaseOf(1, hashOf(text("x"), sha256)), edges)).rejects.toThrow("is not stored");
    await expect(store.release(await releaseOf(1, hash, { kind: "odd" }), edges)).rejects.toThrow("malformed");
    await expect(store.release(await releaseOf(1, hash), { ...edges, publishers: undefined })).rejects.toThrow(
      "no publisher is trusted",
    );
    const first = await releaseOf(1, hash);
    await store.release(first, edges);
    await store.release(first, edges);
    await expect(store.release(await releaseOf(1, hash, { kind: "shadow" }), edges)).rejects.toThrow("not the next");
  });
});
