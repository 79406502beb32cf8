/** DPoP (RFC 9449, section 4.3), at the API and at the token endpoint. */
import { decodeProtectedHeader, jwtVerify } from "jose";
import { hashText } from "./hash.ts";
import type { PublicKeyOf } from "./public-keys.ts";
import { Refusal } from "./refusal.ts";

export interface ExpectedProof {
  readonly method: string;
  readonly url: string;
  /** Seconds since the epoch. */
  readonly now: number;
  /** The chain, as it was presented, and the thumbprint of the key that must have signed; absent at the token endpoint. */
  readonly bound?: { readonly presented: string; readonly holder: string };
}

/** A proof that holds, if it was not used before. */
export interface Spend {
  readonly id: string;
  readonly expires: number;
  /** Of its key. */
  readonly thumbprint: string;
}

const WINDOW = 60;
const SKEW = 5;

/** @throws Refusal 401 */
export async function verifyProof(proof: string, expected: ExpectedProof, keyOf: PublicKeyOf): Promise<Spend> {
  try {
    return await verify(proof, expected, keyOf);
  } catch (cause) {
    throw new Refusal(401, "invalid_dpop_proof", { cause });
  }
}

async function verify(proof: string, { method, url, bound, now }: ExpectedProof, keyOf: PublicKeyOf): Promise<Spend> {
  const { jwk } = decodeProtectedHeader(proof);
  if (jwk === undefined || "d" in jwk) throw new Error("a proof names a public key");
  const { key, thumbprint } = await keyOf(jwk);
  const { payload } = await jwtVerify(proof, key, {
    typ: "dpop+jwt",
    algorithms: ["EdDSA"],
    requiredClaims: ["htm", "htu", "iat", "jti"],
  });
  const { origin, pathname } = new URL(url);
  const { htm, htu, ath, iat = 0, jti } = payload;
  const holds =
    htm === method &&
    htu === origin + pathname &&
    iat <= now + SKEW &&
    iat > now - WINDOW &&
    (bound === undefined || (thumbprint === bound.holder && ath === (await hashText(bound.presented))));
  if (!holds) throw new Error("the proof is for another request");
  return { id: `${thumbprint} ${jti}`, expires: iat + WINDOW, thumbprint };
}
