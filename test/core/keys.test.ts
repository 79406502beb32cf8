/** Which keys get a table: seen from outside by `deferUnknownKeys`, which leaves only keys without one to the host. */

import { getPublicKeyAsync, signAsync } from "@noble/ed25519";
import { expect, test } from "vitest";
import { core } from "#core";
import { toBase64url } from "../../wasm/core.ts";
import { encodeTrust } from "../../wasm/trust.ts";

const NOW = 1795478400;

/** Whether the core has a table for the key of this seed. */
async function hasTable(seed: Uint8Array): Promise<boolean> {
  const utf8 = new TextEncoder();
  const encode = (part: object): string => toBase64url(utf8.encode(JSON.stringify(part)));
  const claims = {
    iss: "https://i.example",
    sub: "a",
    aud: "https://g.example",
    exp: NOW + 60,
    jti: crypto.randomUUID(),
  };
  const input = `${encode({ alg: "EdDSA", typ: "at+jwt", kid: "k" })}.${encode(claims)}`;
  const chain = `${input}.${toBase64url(await signAsync(utf8.encode(input), seed))}`;
  const publicKey = await getPublicKeyAsync(seed);
  const trust = encodeTrust([
    { issuer: "https://i.example", types: ["at+jwt"], keys: [{ kid: "k", alg: "EdDSA", publicKey }] },
  ]);
  const verdict = core.verifyChain(chain, {
    trust,
    audiences: ["https://g.example"],
    now: NOW,
    deferUnknownKeys: true,
  });
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.pending.length === 0;
}

/** Seeds whose public keys share the set of candidates of the first one (wasm/assembly/keys.ts: 64 sets). */
async function seedsOfOneSet(count: number): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  let set: number | undefined;
  for (let i = 0; found.length < count; i++) {
    const seed = new Uint8Array(32).fill(7);
    new DataView(seed.buffer).setUint32(0, i);
    const mine = ((await getPublicKeyAsync(seed))[0] as number) % 64;
    set ??= mine;
    if (mine === set) found.push(seed);
  }
  return found;
}

test("a key gets its table at the fourth admission, not before", async () => {
  const seed = new Uint8Array(32).fill(99);
  const key = await getPublicKeyAsync(seed);
  for (let use = 1; use <= 4; use++) {
    expect(await hasTable(seed)).toBe(false);
    core.admitKey(key);
  }
  expect(await hasTable(seed)).toBe(true);
});

test("keys that share a set of candidates all get tables when they are used alternately", async () => {
  const seeds = await seedsOfOneSet(4);
  const keys = await Promise.all(seeds.map((seed) => getPublicKeyAsync(seed)));
  for (let use = 0; use < 4; use++) for (const key of keys) core.admitKey(key);
  for (const seed of seeds) expect(await hasTable(seed)).toBe(true);
});

test("after 33 keys the least recently used loses its table, and no key is refused for that", async () => {
  const first = new Uint8Array(32).fill(50);
  for (let i = 0; i < 33; i++) {
    const key = await getPublicKeyAsync(new Uint8Array(32).fill(50 + i));
    for (let use = 0; use < 4; use++) core.admitKey(key);
  }
  expect(await hasTable(first)).toBe(false);
  expect(await hasTable(new Uint8Array(32).fill(82))).toBe(true);
  const message = Uint8Array.of(1);
  expect(core.verifyEd25519(await getPublicKeyAsync(first), message, await signAsync(message, first))).toBe(true);
});
