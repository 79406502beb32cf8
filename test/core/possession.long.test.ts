/**
 * The proof that comes with a chain: its vectors, the core against noble, and that a chain's verdict does not depend on
 * it.
 */

import { getPublicKeyAsync, signAsync, verifyAsync } from "@noble/ed25519";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { core, integerCore } from "#core";
import type { AcceptedChain, Core, Possession, SignedMessage } from "../../wasm/core.ts";
import { cases } from "../cases.ts";
import proofs from "../vectors/proofs.json" with { type: "json" };
import { chainOptions, fromBase64url } from "../vectors/read.ts";
import type { Vector } from "../vectors/vector.ts";

const files = import.meta.glob<Vector>("../vectors/chains/*.json", { eager: true, import: "default" });
const vectorOf = (name: string): Vector => files[`../vectors/chains/${name}.json`] as Vector;
const utf8 = new TextEncoder();

const messageOf = ({ key, signed, signature }: (typeof proofs.cases)[number]): SignedMessage => ({
  publicKey: fromBase64url(key),
  message: utf8.encode(signed),
  signature: fromBase64url(signature),
});

/**
 * The possession of a chain that holds, asked as text, so that it can be remembered, or as bytes, so that it never is.
 */
function judge(one: Core, name: string, proof: SignedMessage, how: "text" | "bytes", defer = false) {
  const { chain, options } = vectorOf(name);
  const given = { ...chainOptions(options), deferUnknownKeys: defer };
  const verdict = one.verifyPresented(how === "text" ? chain : utf8.encode(chain), proof, given);
  if (!verdict.chain.ok) throw new Error(verdict.chain.rule);
  return verdict.possession;
}

describe.each([
  ["fused if the machine can", core],
  ["integers", integerCore],
])("%s", (_, one) => {
  describe.each(proofs.cases)("$name: $about", (vector) => {
    const proof = messageOf(vector);
    const expected = vector.possession as Possession;

    test("in the call that verifies the chain", () => {
      expect(judge(one, vector.chain, proof, "bytes")).toBe(expected);
    });

    test("beside a chain that was seen before", () => {
      const { chain, options } = vectorOf(vector.chain);
      const given = chainOptions(options);
      const first = one.verifyChain(chain, given);
      one.admit(first as AcceptedChain);
      const again = one.verifyPresented(chain, proof, given);
      expect(again.possession).toBe(expected);
      expect(one.verifyChain(chain, given)).toBe(again.chain);
    });

    test("left to the host while its key has no table, and verified by WebCrypto", async () => {
      const left = judge(one, vector.chain, proof, "bytes", true);
      expect(left === "pending" ? await judgeByWebCrypto(proof) : left).toBe(expected);
    });
  });
});

async function judgeByWebCrypto({ publicKey, message, signature }: SignedMessage): Promise<Possession> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", false, ["verify"]);
  const stands = await crypto.subtle.verify("Ed25519", key, new Uint8Array(signature), new Uint8Array(message));
  return stands ? "proven" : "signature_invalid";
}

test("a proof with another key than the last hop's is refused at once, and not left to the host", async () => {
  const right = messageOf(proofs.cases[0] as (typeof proofs.cases)[number]);
  const seed = new Uint8Array(32).fill(77);
  const signature = await signAsync(right.message, seed);
  const wrong = { ...right, publicKey: await getPublicKeyAsync(seed), signature };
  expect(judge(integerCore, "good-leaf-thumbprint-ed25519", right, "bytes", true)).toBe("pending");
  expect(judge(integerCore, "good-leaf-thumbprint-ed25519", wrong, "bytes", true)).toBe("other_key");
});

describe("the verdict on a chain", () => {
  const right = messageOf(proofs.cases[0] as (typeof proofs.cases)[number]);
  const wrong = { ...right, message: utf8.encode("other") };

  test.each(Object.entries(files))(
    "%s: is the same with a valid proof, a wrong one, and none",
    (_, { chain, options }) => {
      const given = chainOptions(options);
      const bytes = utf8.encode(chain);
      const alone = core.verifyChain(bytes, given);
      for (const proof of [right, wrong, undefined]) {
        const { chain: verdict, possession } = core.verifyPresented(bytes, proof, given);
        if (alone.ok) expect(verdict.ok).toBe(true);
        else {
          expect(verdict).toEqual(alone);
          expect(possession).toBeUndefined();
        }
        if (proof === undefined) expect(possession).toBeUndefined();
      }
    },
  );

  test("a proof is not affected by the previous one", () => {
    expect(judge(core, "good-three-hops", right, "bytes")).toBe("proven");
    expect(judge(core, "good-three-hops", { ...right, signature: new Uint8Array(3) }, "bytes")).toBe(
      "signature_invalid",
    );
    expect(judge(core, "good-three-hops", wrong, "bytes")).toBe("signature_invalid");
    expect(judge(core, "good-three-hops", right, "bytes")).toBe("proven");
  });
});

const RUNS = cases(2000);

test(`${RUNS.toLocaleString("en")} proofs, right, mutated and cut, get noble's verdict, with a chain, beside one seen before, and by themselves`, async () => {
  const { key } = proofs.cases[0] as (typeof proofs.cases)[number];
  // The key that test/vectors/craft.ts names "service".
  const seed = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode("hopgate test key service")));
  const publicKey = fromBase64url(key);
  const { chain, options } = vectorOf("good-three-hops");
  const given = chainOptions(options);
  for (const one of [core, integerCore]) one.admit(one.verifyChain(chain, given) as AcceptedChain);
  let proven = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 400 }),
      fc.oneof(fc.constant(undefined), fc.record({ at: fc.nat(95), bit: fc.nat(7) })),
      fc.oneof({ weight: 8, arbitrary: fc.constant(64) }, { weight: 1, arbitrary: fc.nat(70) }),
      async (message, flipped, length) => {
        const whole = new Uint8Array([...publicKey, ...(await signAsync(message, seed))]);
        if (flipped !== undefined) whole[flipped.at] = (whole[flipped.at] as number) ^ (1 << flipped.bit);
        const signature = new Uint8Array(length);
        signature.set(whole.subarray(32, 32 + Math.min(64, length)));
        const proof = { publicKey: whole.slice(0, 32), message, signature };
        const stands =
          length === 64 &&
          (await verifyAsync(signature, message, proof.publicKey, { zip215: false }).catch(() => false));
        const isLeaf = flipped === undefined || flipped.at >= 32;
        const expected = !stands ? "signature_invalid" : isLeaf ? "proven" : "other_key";
        for (const one of [core, integerCore]) {
          expect(judge(one, "good-three-hops", proof, "bytes")).toBe(expected);
          expect(one.verifyPresented(chain, proof, given).possession).toBe(expected);
          expect(one.verifyEd25519(proof.publicKey, message, signature)).toBe(stands);
        }
        if (expected === "proven") proven++;
      },
    ),
    { numRuns: RUNS },
  );
  expect(proven).toBeGreaterThan(RUNS / 7);
});
