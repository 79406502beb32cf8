/**
 * Signatures left to WebCrypto: the same verdicts as the core's own, on every vector and on keys that it must refuse.
 */

import type { JWK } from "jose";
import { describe, expect, test } from "vitest";
import module from "../../dist/core.wasm?module";
import { type ChainOptions, type ChainVerdict, instantiateCoreSync, toBase64url } from "../../wasm/core.ts";
import { verifySignature } from "../../worker/trust/signature.ts";
import { chainOptions } from "../vectors/read.ts";
import type { Vector, VectorOptions } from "../vectors/vector.ts";

const files = import.meta.glob<Vector>("../vectors/chains/*.json", { eager: true, import: "default" });
const core = instantiateCoreSync(module);

async function verify(chain: string, options: VectorOptions): Promise<Pick<ChainVerdict, "ok"> & { hop?: number }> {
  const verdict = core.verifyChain(chain, { ...chainOptions(options), deferUnknownKeys: true });
  if (!verdict.ok) return verdict;
  const keys = options.issuers.map((issuer) => issuer.keys as unknown as JWK[]);
  for (const pending of verdict.pending) {
    if (!(await verifySignature(pending, keys))) return { ok: false, hop: pending.hop };
  }
  return { ok: true };
}

function optionsOf({ options }: Vector, x?: string): ChainOptions {
  const issuers = options.issuers.map(({ keys, ...issuer }) => ({
    ...issuer,
    keys: keys.map((key) => ({ ...key, ...(x !== undefined && { x }) })),
  }));
  return { ...chainOptions({ ...options, issuers }), deferUnknownKeys: true };
}

describe("every vector gets its verdict", () => {
  test.each(Object.entries(files))("%s", async (_, vector) => {
    const { ok, hop } = await verify(vector.chain, vector.options);
    expect(ok).toBe(vector.verdict.ok);
    // Claims are judged before deferred signatures, so a chain that breaks two rules may name the other.
    if (!vector.verdict.ok && vector.verdict.rule !== "signature_invalid") expect(hop).toBe(vector.verdict.hop);
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
  expect(core.verifyChain(vector.chain, optionsOf(vector, toBase64url(publicKey)))).toMatchObject({
    ok: false,
    rule: "signature_invalid",
    hop: 0,
  });
});
