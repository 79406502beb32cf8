/**
 * The twelve edge cases of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020). Verifiers differ on them;
 * docs/ed25519.md says why we accept number 3 alone.
 */

import { expect, test } from "vitest";
import { core } from "#core";
import cases from "../vectors/published/speccheck-cases.json" with { type: "json" };

const EXPECTED = [
  ["0 small-order A and R", false],
  ["1 small-order A", false],
  ["2 small-order R", false],
  ["3 mixed-order A and R, valid in all verifiers", true],
  ["4 cofactored only", false],
  ["5 cofactored only, k not reduced", false],
  ["6 S above L", false],
  ["7 S far above L", false],
  ["8 non-canonical R", false],
  ["9 non-canonical R, reduced in the hash", false],
  ["10 non-canonical A", false],
  ["11 non-canonical A, reduced in the hash", false],
] as const;

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

test.each(EXPECTED.map(([name, accepted], index) => ({ name, accepted, index })))("$name", ({ accepted, index }) => {
  const { message, pub_key: key, signature } = cases[index] as (typeof cases)[number];
  expect(core.verifyEd25519(fromHex(key), fromHex(message), fromHex(signature))).toBe(accepted);
});
