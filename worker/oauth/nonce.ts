/**
 * Nonces for DPoP proofs (RFC 9449, section 8): a time window and its HMAC, so that nothing has to be kept. A nonce is good
 * in the window it was made in and the next one: 5 to 10 minutes.
 */
import { base64url } from "jose";

const WINDOW_MS = 300_000;

/** @param now milliseconds since the epoch */
export async function makeNonce(secret: CryptoKey, now: number): Promise<string> {
  const window = String(Math.floor(now / WINDOW_MS));
  return `${window}.${base64url.encode(new Uint8Array(await crypto.subtle.sign("HMAC", secret, bytesOf(window))))}`;
}

export async function isFreshNonce(nonce: unknown, secret: CryptoKey, now: number): Promise<boolean> {
  if (typeof nonce !== "string") return false;
  const [window = "", tag = "", ...rest] = nonce.split(".");
  const age = Math.floor(now / WINDOW_MS) - Number(window);
  if (rest.length > 0 || !/^\d+$/.test(window) || (age !== 0 && age !== 1)) return false;
  try {
    return await crypto.subtle.verify("HMAC", secret, base64url.decode(tag), bytesOf(window));
  } catch {
    return false;
  }
}

function bytesOf(window: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(window) as Uint8Array<ArrayBuffer>;
}
