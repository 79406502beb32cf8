/** C2SP/wycheproof, ed25519_test.json: every case has the one verdict that it names. */

import { expect, test } from "vitest";
import { core } from "#core";
import file from "../vectors/published/wycheproof-ed25519.json" with { type: "json" };

const cases = file.testGroups.flatMap(({ publicKey, tests }) => tests.map((each) => ({ ...each, pk: publicKey.pk })));
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

test("all cases are there", () => {
  expect(cases).toHaveLength(file.numberOfTests);
  expect(cases.length).toBeGreaterThanOrEqual(151);
  expect(cases.filter(({ result }) => result === "acceptable")).toHaveLength(0);
});

test.each(cases)("$tcId $comment is $result", ({ pk, msg, sig, result }) => {
  expect(core.verifyEd25519(fromHex(pk), fromHex(msg), fromHex(sig))).toBe(result === "valid");
});
