/** The keys that are listed for a name: by RFC 7638 thumbprint, with the end of each. */
import { calculateJwkThumbprint, type JWK } from "jose";
import { readKeys } from "../../trust/jwks.ts";

export interface ListedKey {
  readonly thumbprint: string;
  /** Seconds since the epoch. */
  readonly exp?: number | undefined;
}

/** The keys of a set that can sign hops; anything but public Ed25519 and P-256 signature keys is skipped. */
export async function listedKeys(jwks: readonly JWK[]): Promise<ListedKey[]> {
  const usable = readKeys(jwks).filter(({ alg }) => alg === "EdDSA" || alg === "ES256");
  return Promise.all(
    usable.map(async ({ jwk }) => {
      const { exp } = jwk as { exp?: unknown };
      return { thumbprint: await calculateJwkThumbprint(jwk), ...(typeof exp === "number" && { exp }) };
    }),
  );
}

/**
 * Until when the list has the key, in milliseconds since the epoch: infinity without an end; undefined if it does not
 * have the key now.
 */
export function listedUntil(keys: readonly ListedKey[], thumbprint: string, now: number): number | undefined {
  const ends = keys
    .filter((key) => key.thumbprint === thumbprint)
    .map(({ exp }) => (exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000))
    .filter((end) => now < end);
  return ends.length === 0 ? undefined : Math.max(...ends);
}
