/** Of an issuer's keys the one that a token names, outside the core: chosen as the core chooses (docs/chain.md, "Hop 0"). */

import type { JWK } from "jose";
import { readKeys, type TrustedKey } from "./jwks.ts";
import type { LookedFor } from "./key-set.ts";

/** What of a token's header says which key signed it. */
export interface KeyChoice {
  readonly kid?: unknown;
  readonly alg?: unknown;
}

/**
 * The key for a token. The issuer is asked once more for one that is unknown.
 *
 * @param header the token's, not verified
 * @param keys those of the issuer at this moment
 * @returns "unchanged" where the issuer has no such key, "unavailable" where there are no keys, and none can be had
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
 * With a `kid`, the first key of that `kid`, or if there is none, the first without one, and of either rather one of the
 * token's algorithm; without a `kid`, the only key of its algorithm. A key of another algorithm is chosen as well, and
 * verifies nothing.
 */
export function chooseKey({ kid, alg }: KeyChoice, keys: readonly TrustedKey[]): TrustedKey | undefined {
  const isOfAlgorithm = (key: TrustedKey): boolean => key.alg === (alg === "Ed25519" ? "EdDSA" : alg);
  const firstOf = (some: readonly TrustedKey[]): TrustedKey | undefined => some.find(isOfAlgorithm) ?? some[0];
  if (kid === undefined) return keys.filter(isOfAlgorithm).length > 1 ? undefined : firstOf(keys);
  // As in the header of a chain's root, a `kid` is a text.
  if (typeof kid !== "string") return undefined;
  return firstOf(keys.filter((key) => key.kid === kid)) ?? firstOf(keys.filter((key) => !key.kid));
}
