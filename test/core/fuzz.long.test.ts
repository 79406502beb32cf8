/**
 * Mutated chains: no trap, no hang, no acceptance. The seed is printed, and taken back with `FUZZ_SEED=<seed>`; a case
 * that ever failed becomes a vector.
 */

import { expect, inject, test } from "vitest";
import { core } from "#core";
import { encodeTrust } from "../../wasm/trust.ts";
import { cases } from "../cases.ts";
import good from "../vectors/chains/good-three-hops.json" with { type: "json" };
import attested from "../vectors/chains/good-wit.json" with { type: "json" };
import proofs from "../vectors/proofs.json" with { type: "json" };
import { fromBase64url } from "../vectors/read.ts";

const RUNS = cases(100_000);
const seed = inject("fuzzSeed") ?? Number(crypto.getRandomValues(new Uint32Array(1))[0]);

/** mulberry32: small, seeded, good enough to choose mutations. */
function randomFrom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~=+/ "\\{}[]:,';
const TOKENS = [
  '{"a":',
  "[[[[[[",
  '"sub":"x",',
  "1e999",
  "null",
  "\\u0000",
  "\\ud800",
  '"":{}',
  "\u0080",
  "-0",
  "true",
];

declare module "vitest" {
  interface ProvidedContext {
    /** Of `FUZZ_SEED`, if it is set. */
    fuzzSeed: number | undefined;
  }
}

type Random = (below: number) => number;

/** An earlier mutation may have broken the segment: then its text is edited as it stands. */
function decodeLoosely(segment: string): string {
  try {
    return atob(segment.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return segment;
  }
}

/** Edits the decoded claims or header of one hop and encodes it again. */
function editInside(chain: string, random: Random): string {
  const hops = chain.split("~");
  const k = random(hops.length);
  const parts = (hops[k] as string).split(".");
  const part = random(2);
  const text = decodeLoosely(parts[part] ?? "");
  const at = random(text.length + 1);
  const insert = random(2) === 0 ? (TOKENS[random(TOKENS.length)] as string) : String.fromCharCode(random(256));
  const edited = (text.slice(0, at) + insert + text.slice(at + random(4))).replace(/[^\0-\xff]/g, "?");
  parts[part] = btoa(edited).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  hops[k] = parts.join(".");
  return hops.join("~");
}

const MUTATIONS: readonly ((chain: string, random: Random) => string)[] = [
  (chain, random) => {
    const at = random(chain.length);
    return chain.slice(0, at) + ALPHABET[random(ALPHABET.length)] + chain.slice(at + 1);
  },
  (chain, random) => chain.slice(0, random(chain.length)),
  (chain, random) => {
    const [from, to] = [random(chain.length), random(chain.length)];
    return chain.slice(0, from) + chain.slice(to);
  },
  (chain, random) => {
    const hops = chain.split("~");
    hops.splice(random(hops.length + 1), random(2), hops[random(hops.length)] as string);
    return hops.join("~");
  },
  (chain, random) => {
    const parts = chain.split(/([.~])/);
    const [a, b] = [random(parts.length), random(parts.length)];
    [parts[a], parts[b]] = [parts[b] as string, parts[a] as string];
    return parts.join("");
  },
  editInside,
  editInside,
];

test(`of ${RUNS} mutated chains none is accepted, and none stops the core (seed ${seed})`, () => {
  console.log(`fuzz seed ${seed}`);
  const random = randomFrom(seed);
  const trust = encodeTrust(
    good.options.issuers.map(({ issuer, keys }) => ({
      issuer,
      types: ["at+jwt" as const],
      keys: keys.map(({ kid, x }) => ({
        kid,
        alg: "EdDSA" as const,
        publicKey: fromBase64url(x),
      })),
    })),
  );
  const options = { trust, audiences: good.options.audiences, now: good.options.now };
  const [{ key, signed, signature }] = proofs.cases as [(typeof proofs.cases)[number]];
  const proof = {
    publicKey: fromBase64url(key),
    message: new TextEncoder().encode(signed),
    signature: fromBase64url(signature),
  };
  const rules = new Map<string, number>();
  for (let run = 0; run < RUNS; run++) {
    const source = run % 2 === 0 ? good.chain : attested.chain;
    let chain = source;
    for (let rounds = 1 + random(3); rounds > 0; rounds--) {
      chain = (MUTATIONS[random(MUTATIONS.length)] as (typeof MUTATIONS)[number])(chain, random);
    }
    // Hops that were left off at the end leave a chain that its holder may present.
    if (source === chain || source.startsWith(`${chain}~`)) continue;
    const { chain: verdict } = core.verifyPresented(chain, run % 3 === 0 ? proof : undefined, options);
    if (verdict.ok) throw new Error(`run ${run} of seed ${seed} was accepted: ${chain}`);
    rules.set(verdict.rule, (rules.get(verdict.rule) ?? 0) + 1);
  }
  // Mutations that all fell to the same first check would show nothing.
  expect(rules.size).toBeGreaterThan(12);
  expect(core.verifyPresented(good.chain, proof, options)).toMatchObject({ chain: { ok: true }, possession: "proven" });
});
