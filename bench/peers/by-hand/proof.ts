/** DPoP (RFC 9449, section 4.3), at the API and at the token endpoint. */
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from "jose";
import { hashText } from "./hash.ts";
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
export async function verifyProof(proof: string, { method, url, bound, now }: ExpectedProof): Promise<Spend> {
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    typ: "dpop+jwt",
    algorithms: ["EdDSA"],
    requiredClaims: ["htm", "htu", "iat", "jti"],
  }).catch((cause: unknown) => {
    throw new Refusal(401, "invalid_dpop_proof", { cause });
  });
  const { origin, pathname } = new URL(url);
  const { htm, htu, ath, iat = 0, jti } = payload;
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk as JWK);
  const holds =
    htm === method &&
    htu === origin + pathname &&
    iat <= now + SKEW &&
    iat > now - WINDOW &&
    (bound === undefined || (thumbprint === bound.holder && ath === (await hashText(bound.presented))));
  if (!holds) throw new Refusal(401, "invalid_dpop_proof");
  return { id: `${thumbprint} ${jti}`, expires: iat + WINDOW, thumbprint };
}
