/** Signatures left to WebCrypto: the same verdicts as the core's own, on every vector and on keys that it must refuse. */
import { describe, expect, test } from "vitest";
import module from "../../dist/core.wasm?module";
import { type ChainOptions, instantiateCoreSync } from "../../wasm/core.ts";
import { encodeTrust } from "../../wasm/trust.ts";
import { verifySignature } from "../../worker/trust/signature.ts";

interface Vector {
  readonly options: {
    now: number;
    skew: number;
    max_hops: number;
    audiences: string[];
    issuers: { issuer: string; keys: { kid: string; x: string }[] }[];
  };
  readonly chain: string;
  readonly verdict: { readonly ok: boolean; readonly rule?: string; readonly hop?: number };
}
const files = import.meta.glob<Vector>("../vectors/chains/*.json", { eager: true, import: "default" });
const core = instantiateCoreSync(module);
const decode = (x: string): Uint8Array =>
  Uint8Array.from(atob(x.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

async function verify(chain: string, options: ChainOptions): Promise<{ ok: boolean; rule?: string; hop?: number }> {
  const verdict = core.verifyChain(chain, options);
  if (!verdict.ok) return { ok: false, rule: verdict.rule, hop: verdict.hop };
  for (const pending of verdict.pending) {
    if (!(await verifySignature(pending, []))) return { ok: false, rule: "signature_invalid", hop: pending.hop };
  }
  return { ok: true };
}

function optionsOf({ options }: Vector, publicKey?: Uint8Array): ChainOptions {
  const anchors = options.issuers.map(({ issuer, keys }) => ({
    issuer,
    types: ["at+jwt" as const],
    keys: keys.map(({ kid, x }) => ({ kid, alg: "EdDSA" as const, publicKey: publicKey ?? decode(x) })),
  }));
  return {
    trust: encodeTrust(anchors),
    audiences: options.audiences,
    now: options.now,
    maxHops: options.max_hops,
    deferUnknownKeys: true,
  };
}

describe("every vector gets its verdict", () => {
  test.each(Object.entries(files))("%s", async (_, vector) => {
    const { ok, hop } = await verify(vector.chain, optionsOf(vector));
    expect(ok).toBe(vector.verdict.ok);
    // Claims are judged before deferred signatures, so a chain that breaks two rules may name the other.
    if (!ok && vector.verdict.rule !== "signature_invalid") expect(hop).toBe(vector.verdict.hop);
  });
});

test("keys are deferred until they have a table", async () => {
  const vector = Object.entries(files).find(([name]) => name.endsWith("/good-three-hops.json"))?.[1] as Vector;
  const options = optionsOf(vector);
  for (let use = 0; use < 4; use++) {
    const verdict = core.verifyChain(vector.chain, { ...options, trust: { ...options.trust } });
    if (!verdict.ok) throw new Error(verdict.rule);
    if (use === 0) expect(verdict.pending.map(({ alg }) => alg)).toEqual(["EdDSA", "EdDSA", "EdDSA"]);
    for (const pending of verdict.pending) expect(await verifySignature(pending, [])).toBe(true);
    core.admit(verdict);
  }
  expect(core.verifyChain(vector.chain, { ...options, trust: { ...options.trust } })).toMatchObject({
    ok: true,
    pending: [],
  });
});

test.each([
  ["order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
  ["order 1", "0100000000000000000000000000000000000000000000000000000000000000"],
  ["y = p + 1", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
])("a root key of %s is refused before WebCrypto is asked", (_, hex) => {
  const vector = Object.entries(files).find(([name]) => name.endsWith("/good-root-alone.json"))?.[1] as Vector;
  const publicKey = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  expect(core.verifyChain(vector.chain, optionsOf(vector, publicKey))).toMatchObject({
    ok: false,
    rule: "signature_invalid",
    hop: 0,
  });
});
