/** Which of an issuer's keys a token outside a chain is verified by: the one by which the core would verify it. */
import { describe, expect, test } from "vitest";
import { chooseKey } from "../../worker/trust/find-key.ts";
import type { TrustedKey } from "../../worker/trust/jwks.ts";

/** A key by its place in the list. */
function key(place: number, alg: TrustedKey["alg"], kid?: string): TrustedKey {
  return { jwk: { kty: String(place) }, kid, alg, publicKey: undefined };
}
const placeOf = (header: object, ...keys: TrustedKey[]): number | undefined => {
  const chosen = chooseKey(header, keys);
  return chosen && Number(chosen.jwk.kty);
};
const EDDSA = { alg: "EdDSA", kid: "a" };

describe("a token with a `kid` is verified by", () => {
  test("the key of that `kid`, wherever one without `kid` stands", () => {
    expect(placeOf(EDDSA, key(0, "EdDSA"), key(1, "EdDSA", "a"))).toBe(1);
    expect(placeOf(EDDSA, key(0, "EdDSA", "a"), key(1, "EdDSA"))).toBe(0);
  });

  test("the first of several, preferring one of its algorithm", () => {
    expect(placeOf(EDDSA, key(0, "EdDSA", "a"), key(1, "EdDSA", "a"))).toBe(0);
    expect(placeOf(EDDSA, key(0, "ES256", "a"), key(1, "EdDSA", "a"))).toBe(1);
    expect(placeOf({ alg: "Ed25519", kid: "a" }, key(0, "ES256", "a"), key(1, "EdDSA", "a"))).toBe(1);
  });

  test("one without `kid` only if none has the `kid`", () => {
    expect(placeOf(EDDSA, key(0, "EdDSA", "b"), key(1, "ES256"), key(2, "EdDSA"), key(3, "EdDSA"))).toBe(2);
    expect(placeOf(EDDSA, key(0, "EdDSA"), key(1, "ES256", "a"))).toBe(1);
  });

  test("none of another `kid`, and none if the `kid` is not a string", () => {
    expect(placeOf(EDDSA, key(0, "EdDSA", "b"))).toBeUndefined();
    expect(placeOf({ alg: "EdDSA", kid: 7 }, key(0, "EdDSA"))).toBeUndefined();
  });
});

test("a token without `kid` is verified by the only key of its algorithm", () => {
  expect(placeOf({ alg: "EdDSA" }, key(0, "ES256", "e"), key(1, "EdDSA", "a"))).toBe(1);
  expect(placeOf({ alg: "EdDSA" }, key(0, "EdDSA", "a"), key(1, "EdDSA"))).toBeUndefined();
});
