/** Keys as lists of a name have them: by RFC 7638 thumbprint, until they end. */
import { calculateJwkThumbprint, type JWK } from "jose";
import { readKeys } from "../../trust/jwks.ts";

export interface ListedKey {
  readonly thumbprint: string;
  /** Seconds since the epoch. */
  readonly exp?: number | undefined;
}

/** The keys of a set that can sign hops; what is no public Ed25519 or P-256 signature key is passed over. */
export async function listedKeys(jwks: readonly JWK[]): Promise<ListedKey[]> {
  const usable = readKeys(jwks).filter(({ alg }) => alg === "EdDSA" || alg === "ES256");
  return Promise.all(
    usable.map(async ({ jwk }) => {
      const { exp } = jwk as { exp?: unknown };
      return { thumbprint: await calculateJwkThumbprint(jwk), ...(typeof exp === "number" && { exp }) };
    }),
  );
}

/** @param now milliseconds since the epoch */
export function isListed(keys: readonly ListedKey[], thumbprint: string, now: number): boolean {
  return keys.some((key) => key.thumbprint === thumbprint && (key.exp === undefined || now < key.exp * 1000));
}
