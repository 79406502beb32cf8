/** Roots by ML-DSA (RFC 9964): what workerd verifies, and which keys of a key set are taken. */
import { base64url, type JWK } from "jose";
import { describe, expect, test } from "vitest";
import { thumbprintText } from "../../wasm/thumbprint.ts";
import { readKeys } from "../../worker/trust/jwks.ts";
import { verifyBy } from "../../worker/trust/signature.ts";

/** RFC 9964, appendix A: the `kid`s, which are thumbprints, of the keys whose seed is 32 zero bytes. */
const PUBLISHED = {
  "ML-DSA-44": "T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o",
  "ML-DSA-65": "Suiu29qbfuaBaR4Ats-c6XQBePB_OpAxAwcTR_0KXVM",
  "ML-DSA-87": "tRn1JNIkgMsABVQBlXeDHxAIcclh-2IX0UdDEzPt5XU",
} as const;
type MlDsa = keyof typeof PUBLISHED;
const NAMES = Object.keys(PUBLISHED) as MlDsa[];

const signed = Uint8Array.from(new TextEncoder().encode("header.claims"));

async function keyOf(alg: MlDsa, seed: Uint8Array) {
  const format = "raw-seed" as "raw";
  const key = await crypto.subtle.importKey(format, seed, { name: alg }, true, ["sign"]);
  const { kty, pub } = (await crypto.subtle.exportKey("jwk", key)) as JWK;
  return {
    jwk: { kty, alg, pub } as JWK,
    sign: async (data = signed) => new Uint8Array((await crypto.subtle.sign(alg, key, data)) as ArrayBuffer),
  };
}

describe.each(NAMES)("%s", (alg) => {
  test("has the published thumbprint", async () => {
    const { jwk } = await keyOf(alg, new Uint8Array(32));
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(thumbprintText(jwk)));
    expect(base64url.encode(new Uint8Array(hash))).toBe(PUBLISHED[alg]);
  });

  test("verifies its own signature repeatedly, and no changed, cut or foreign one", async () => {
    const [own, other] = [await keyOf(alg, new Uint8Array(32)), await keyOf(alg, new Uint8Array(32).fill(7))];
    const signature = await own.sign();
    const changed = signature.with(100, (signature[100] as number) ^ 1);
    for (let round = 0; round < 2; round++) {
      expect(await verifyBy(own.jwk, alg, signature, signed)).toBe(true);
      expect(await verifyBy(other.jwk, alg, signature, signed)).toBe(false);
      expect(await verifyBy(own.jwk, alg, changed, signed)).toBe(false);
      expect(await verifyBy(own.jwk, alg, signature.slice(1), signed)).toBe(false);
      expect(await verifyBy(own.jwk, alg, new Uint8Array(0), signed)).toBe(false);
      expect(await verifyBy(own.jwk, alg, signature, signed.slice(1))).toBe(false);
    }
  });

  test("is read from a key set by its algorithm, if the key is public and complete", async () => {
    const { jwk } = await keyOf(alg, new Uint8Array(32));
    const pub = jwk["pub"] as string;
    expect(readKeys([{ ...jwk, kid: "1", use: "sig" }])).toEqual([
      { jwk: { ...jwk, kid: "1", use: "sig" }, kid: "1", alg, publicKey: undefined },
    ]);
    const others = NAMES.filter((name) => name !== alg);
    const refused = [
      { ...jwk, priv: "AAAA" },
      { ...jwk, use: "enc" },
      { ...jwk, pub: pub.slice(4) },
      { ...jwk, pub: undefined },
      { ...jwk, alg: undefined },
      { ...jwk, kty: "OKP" },
      ...["ML-DSA-4", "EdDSA", "toString", ...others].map((name) => ({ ...jwk, alg: name })),
    ];
    for (const each of refused) expect(readKeys([each as JWK]), JSON.stringify(each).slice(0, 60)).toEqual([]);
  });
});
