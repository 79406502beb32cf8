/** Of an issuer's keys the one that a token names, outside the core. */
import type { LookedFor } from "./key-set.ts";

/**
 * The first key with the `kid`, or without one; where the token names none, the only key there is. The issuer is asked once more
 * for a key that is unknown.
 *
 * @param keys those of the issuer at this moment
 * @returns "unchanged" where the issuer has no such key, "unavailable" where there are no keys, and none can be had
 */
export async function findKey<K extends { readonly kid?: string | undefined }>(
  kid: unknown,
  keys: () => readonly K[],
  lookFor: () => Promise<LookedFor>,
): Promise<K | Exclude<LookedFor, "changed">> {
  while (true) {
    const fitting = keys().filter((key) => kid === undefined || key.kid === undefined || key.kid === kid);
    const [key] = fitting;
    if (key !== undefined && (kid !== undefined || fitting.length === 1)) return key;
    const found = await lookFor();
    if (found !== "changed") return found;
  }
}
