/**
 * Nonces for DPoP proofs (RFC 9449, section 8): a time window and its HMAC, so that nothing is stored. A nonce is valid
 * in the window it was made in and in the next one: 5 to 10 minutes.
 */
import { seal, unseal } from "../trust/derived-key.ts";

const WINDOW_MS = 300_000;

/** @param now milliseconds since the epoch */
export async function makeNonce(secret: CryptoKey, now: number): Promise<string> {
  return seal(String(Math.floor(now / WINDOW_MS)), secret);
}

export async function isFreshNonce(nonce: unknown, secret: CryptoKey, now: number): Promise<boolean> {
  if (typeof nonce !== "string") return false;
  const window = await unseal(nonce, secret);
  if (window === undefined || !/^\d+$/.test(window)) return false;
  const age = Math.floor(now / WINDOW_MS) - Number(window);
  return age === 0 || age === 1;
}
