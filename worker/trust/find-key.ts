/** Finds an issuer's key for a token outside the core, by the core's rules (docs/chain.md, "Hop 0"). */

import type { JWK } from "jose";
import { readKeys, type TrustedKey } from "./jwks.ts";
import type { LookedFor } from "./key-set.ts";

/** The header parameters that select the key. */
export interface KeyChoice {
  readonly kid?: unknown;
  readonly alg?: unknown;
}

/**
 * The key for a token. For an unknown key, the issuer's keys are fetched again.
 *
 * @param header the token's, not verified
 * @param keys returns the issuer's current keys
 * @returns "unchanged" if the issuer has no such key, "unavailable" if there are no keys, and none can be fetched
 */
export async function findKey(
  header: KeyChoice,
  keys: () => readonly JWK[],
  lookFor: () => Promise<LookedFor>,
): Promise<TrustedKey | Exclude<LookedFor, "changed">> {
  while (true) {
    const key = chooseKey(header, readKeys(keys()));
    if (key !== undefined) return key;
    const found = await lookFor();
    if (found !== "changed") return found;
  }
}

/**
 * With a `kid`, the first key of that `kid`, or if there is none, the first without one, preferring one of the token's
 * algorithm; without a `kid`, the only key of its algorithm. A key of another algorithm may be chosen, and then
 * verifies nothing.
 */
export function chooseKey({ kid, alg }: KeyChoice, keys: readonly TrustedKey[]): TrustedKey | undefined {
  const isOfAlgorithm = (key: TrustedKey): boolean => key.alg === (alg === "Ed25519" ? "EdDSA" : alg);
  const firstOf = (some: readonly TrustedKey[]): TrustedKey | undefined => some.find(isOfAlgorithm) ?? some[0];
  if (kid === undefined) return keys.filter(isOfAlgorithm).length > 1 ? undefined : firstOf(keys);
  // As in the header of a chain's root, a `kid` must be a string.
  if (typeof kid !== "string") return undefined;
  return firstOf(keys.filter((key) => key.kid === kid)) ?? firstOf(keys.filter((key) => !key.kid));
}
