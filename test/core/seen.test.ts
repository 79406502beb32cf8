/** Chains seen before: the same answer, sooner; and never one that a fresh look would not give. */

import { beforeAll, describe, expect, test } from "vitest";
import { core } from "#core";
import type { AcceptedChain, ChainOptions } from "../../wasm/chain.ts";
import { encodeTrust } from "../../wasm/trust.ts";
import deep from "../vectors/chains/depth-implied.json" with { type: "json" };
import vector from "../vectors/chains/good-three-hops.json" with { type: "json" };
import attested from "../vectors/chains/good-wit-ends-first.json" with { type: "json" };

const key = vector.options.issuers[0]?.keys[0];
const publicKey = Uint8Array.from(atob((key?.x ?? "").replaceAll("-", "+").replaceAll("_", "/")), (c) =>
  c.charCodeAt(0),
);
const makeTrust = () =>
  encodeTrust([
    { issuer: "https://idp.acme.example", types: ["at+jwt"], keys: [{ kid: "idp-1", alg: "EdDSA", publicKey }] },
  ]);
const options: ChainOptions = { trust: makeTrust(), audiences: vector.options.audiences, now: vector.options.now };
/** The least `exp` of the good chain: its last hop's. */
const EXPIRES = vector.options.now + 900;

let first: AcceptedChain;
beforeAll(() => {
  const verdict = core.verifyChain(vector.chain, options);
  if (!verdict.ok) throw new Error("the good chain does not hold");
  first = verdict;
});

describe("a chain", () => {
  test("is verified again until it was admitted", () => {
    expect(core.verifyChain(vector.chain, options)).not.toBe(first);
  });

  test("that was admitted gets the same answer at once", () => {
    core.admit(first);
    const again = core.verifyChain(vector.chain, options);
    expect(again).toEqual(first);
    expect(core.verifyChain(vector.chain, { ...options, now: options.now + 1 })).toBe(again);
  });

  test("is refused the second that it expires", () => {
    expect(core.verifyChain(vector.chain, { ...options, now: EXPIRES - 1 }).ok).toBe(true);
    expect(core.verifyChain(vector.chain, { ...options, now: EXPIRES })).toMatchObject({
      ok: false,
      rule: "expired",
      hop: 2,
    });
  });

  test("is verified again when the clock went back, and refused before its time", () => {
    core.admit(core.verifyChain(vector.chain, options) as AcceptedChain);
    expect(core.verifyChain(vector.chain, { ...options, now: options.now - 60 })).toMatchObject({
      rule: "issued_in_future",
    });
  });

  test("is refused for another audience", () => {
    core.admit(core.verifyChain(vector.chain, options) as AcceptedChain);
    const elsewhere = { ...options, audiences: ["https://other.example"] };
    expect(core.verifyChain(vector.chain, elsewhere)).toMatchObject({ rule: "audience_mismatch" });
  });

  test("is refused when its root is no longer trusted", () => {
    core.admit(core.verifyChain(vector.chain, options) as AcceptedChain);
    const trust = encodeTrust([{ issuer: "https://idp.acme.example", types: ["at+jwt"], keys: [] }]);
    expect(core.verifyChain(vector.chain, { ...options, trust })).toMatchObject({ rule: "key_unknown" });
  });

  test("is refused under narrower limits", () => {
    core.admit(core.verifyChain(vector.chain, options) as AcceptedChain);
    expect(core.verifyChain(vector.chain, { ...options, maxHops: 2 })).toMatchObject({ rule: "chain_too_many_hops" });
    expect(core.verifyChain(vector.chain, { ...options, maxBytes: 1000 })).toMatchObject({ rule: "chain_too_long" });
  });

  test("is verified again under another limit of hops, which determines how deep its root may be delegated", () => {
    core.admit(core.verifyChain(deep.chain, options) as AcceptedChain);
    expect(core.verifyChain(deep.chain, options)).toMatchObject({ ok: true });
    expect(core.verifyChain(deep.chain, { ...options, maxHops: 3 })).toMatchObject({ rule: "depth_exceeded", hop: 1 });
  });

  test("is refused the second that an identity token in it expires", () => {
    core.admit(core.verifyChain(attested.chain, options) as AcceptedChain);
    expect(core.verifyChain(attested.chain, options)).toMatchObject({ ok: true, expires: options.now + 1 });
    expect(core.verifyChain(attested.chain, { ...options, now: options.now + 1 })).toMatchObject({
      rule: "wit_mismatch",
      hop: 1,
      member: "exp",
    });
  });

  test("is verified again under another limit of hops, wider or narrower", () => {
    const admitted = core.verifyChain(vector.chain, options) as AcceptedChain;
    core.admit(admitted);
    const known = core.verifyChain(vector.chain, options);
    expect(core.verifyChain(vector.chain, options)).toBe(known);
    expect(core.verifyChain(vector.chain, { ...options, maxHops: 9 })).not.toBe(known);
    expect(core.verifyChain(vector.chain, { ...options, maxHops: 4 })).not.toBe(known);
    expect(core.verifyChain(vector.chain, { ...options, maxHops: 8 })).toBe(known);
  });

  test("that differs by one character is another chain", () => {
    core.admit(core.verifyChain(vector.chain, options) as AcceptedChain);
    const at = vector.chain.length - 10;
    const changed = vector.chain.slice(0, at) + (vector.chain[at] === "A" ? "B" : "A") + vector.chain.slice(at + 1);
    expect(core.verifyChain(changed, options)).toMatchObject({ rule: "signature_invalid", hop: 2 });
  });

  test("whose verdict is from another core cannot be admitted", () => {
    const trust = makeTrust();
    const fresh = core.verifyChain(vector.chain, { ...options, trust });
    core.admit({ ...(fresh as AcceptedChain) });
    expect(core.verifyChain(vector.chain, { ...options, trust })).not.toBe(fresh);
  });
});

describe("a hop that was admitted", () => {
  /** A chain given as bytes is never found by its text: every rule runs again. */
  const afresh = (chain: string, more: Partial<ChainOptions> = {}) =>
    core.verifyChain(new TextEncoder().encode(chain), { ...options, ...more });

  test("still has every other rule checked", () => {
    core.admit(core.verifyChain(vector.chain, { ...options, trust: makeTrust() }) as AcceptedChain);
    expect(afresh(vector.chain)).toMatchObject({ ok: true, pending: [] });
    expect(afresh(vector.chain, { now: EXPIRES })).toMatchObject({ rule: "expired", hop: 2 });
    const hops = vector.chain.split("~");
    expect(afresh(`${hops[0]}~${hops[2]}`)).toMatchObject({ ok: false, hop: 1 });
  });

  test("with another signature is another hop", () => {
    const at = vector.chain.indexOf("~") - 10;
    const changed = vector.chain.slice(0, at) + (vector.chain[at] === "A" ? "B" : "A") + vector.chain.slice(at + 1);
    expect(afresh(changed)).toMatchObject({ rule: "signature_invalid", hop: 0 });
  });
});
