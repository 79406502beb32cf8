/** The rules of a chain, one vector each: the files are data that another implementation can run as well. */

import { describe, expect, test } from "vitest";
import { core } from "#core";
import { toBase64url } from "../../wasm/core.ts";
import { type Algorithm, encodeTrust, type RootType } from "../../wasm/trust.ts";

interface Vector {
  readonly about: string;
  readonly options: {
    readonly now: number;
    readonly skew: number;
    readonly max_hops: number;
    readonly max_bytes: number;
    readonly audiences: string[];
    readonly issuers: { issuer: string; types: RootType[]; keys: { kid: string; x: string }[] }[];
  };
  readonly chain: string;
  readonly verdict: { readonly ok: boolean; readonly rule?: string; readonly hop?: number; readonly member?: string };
}

const files = import.meta.glob<Vector>("../vectors/chains/*.json", { eager: true, import: "default" });
const vectors = Object.entries(files).map(([path, vector]) => ({
  name: path.replace(/^.*\/|\.json$/g, ""),
  ...vector,
}));

function fromBase64url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

function verify({ options, chain }: Pick<Vector, "options" | "chain">) {
  const alg: Algorithm = "EdDSA";
  const trust = encodeTrust(
    options.issuers.map(({ issuer, types, keys }) => ({
      issuer,
      types,
      keys: keys.map(({ kid, x }) => ({ kid, alg, publicKey: fromBase64url(x) })),
    })),
  );
  return core.verifyChain(chain, {
    trust,
    audiences: options.audiences,
    now: options.now,
    skew: options.skew,
    maxHops: options.max_hops,
    maxBytes: options.max_bytes,
  });
}

const good = vectors.find(({ name }) => name === "good-three-hops") as Vector;

test("there are vectors", () => {
  expect(vectors.length).toBeGreaterThan(80);
});

test.each(vectors)("$name: $about", (vector) => {
  const verdict = verify(vector);
  if (vector.verdict.ok) expect(verdict).toMatchObject({ ok: true, pending: [] });
  else expect(verdict).toMatchObject(vector.verdict);
  if (!vector.verdict.ok) expect(verdict).toMatchObject({ member: vector.verdict.member });
});

describe("what a verdict says of a chain that holds", () => {
  const verdict = verify(good);
  if (!verdict.ok) throw new Error("the good chain does not hold");
  const hops = good.chain.split("~");

  test("claims as they were signed", () => {
    for (const [k, hop] of hops.entries()) {
      const payload = new TextDecoder().decode(fromBase64url(hop.split(".")[1] as string));
      expect(verdict.hops[k]?.claims).toEqual(JSON.parse(payload));
    }
  });

  test("hashes of the hops", async () => {
    const hash = async (text: string): Promise<string> =>
      toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
    expect(verdict.hops.map((hop) => hop.hash)).toEqual(await Promise.all(hops.map(hash)));
  });

  test("the scope in force and the thumbprint of the leaf's key", () => {
    expect(verdict.hops.map(({ scopes }) => scopes)).toEqual([
      ["orders:read", "refunds:write", "payouts:write"],
      ["orders:read", "refunds:write", "payouts:write"],
      ["orders:read", "refunds:write"],
    ]);
    expect(verdict.hops[2]?.thumbprint).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

describe("limits", () => {
  test("a chain longer than allowed", () => {
    const options = { ...good.options, max_bytes: good.chain.length - 1 };
    expect(verify({ chain: good.chain, options })).toMatchObject({ ok: false, rule: "chain_too_long" });
  });
  test("a chain longer than the core's buffer", () => {
    const options = { ...good.options, max_bytes: 1_000_000 };
    expect(verify({ chain: "a".repeat(70_000), options })).toMatchObject({ ok: false, rule: "chain_too_long" });
  });
  test("no chain", () => {
    expect(verify({ chain: "", options: good.options })).toMatchObject({ ok: false, rule: "chain_empty" });
  });
  test("characters that are not ASCII", () => {
    expect(verify({ chain: `é${good.chain.slice(1)}`, options: good.options })).toMatchObject({
      rule: "base64url_invalid",
    });
  });
});

test("a verdict does not depend on what was verified before", () => {
  for (const vector of [...vectors, ...vectors.toReversed()]) {
    const verdict = verify(vector);
    expect(verdict.ok).toBe(vector.verdict.ok);
  }
});
