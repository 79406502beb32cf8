/** C2SP/wycheproof, ed25519_test.json: every case has the one verdict that it names. */

import { describe, expect, test } from "vitest";
import { core } from "#core";
import { readVectors } from "./vectors.ts";

interface Wycheproof {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly {
      tcId: number;
      comment: string;
      msg: string;
      sig: string;
      result: "valid" | "invalid" | "acceptable";
    }[];
  }[];
}

const file = readVectors<Wycheproof>("wycheproof-ed25519.json");
const cases = (file?.testGroups ?? []).flatMap(({ publicKey, tests }) =>
  tests.map((each) => ({ ...each, pk: publicKey.pk })),
);
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

describe.skipIf(file === undefined)(
  "Wycheproof Ed25519 (skipped where wycheproof-ed25519.json is absent: set VECTORS_DIR)",
  () => {
    test("all cases are there", () => {
      expect(cases).toHaveLength(file?.numberOfTests ?? 0);
      expect(cases.length).toBeGreaterThanOrEqual(151);
      expect(cases.filter(({ result }) => result === "acceptable")).toHaveLength(0);
    });

    test.each(cases)("$tcId $comment is $result", ({ pk, msg, sig, result }) => {
      expect(core.verifyEd25519(fromHex(pk), fromHex(msg), fromHex(sig))).toBe(result === "valid");
    });
  },
);
