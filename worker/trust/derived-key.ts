/**
 * Keys derived from the signing key, for values that only the gateway itself reads: every isolate has the same ones,
 * and nothing is stored.
 */
import { base64url } from "jose";

/**
 * An HMAC key derived from the signing key's private part, for one use.
 *
 * @param use purpose of the key; keys for different uses are independent
 */
export async function deriveKey(privatePart: string, use: string): Promise<CryptoKey> {
  const seed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`hopgate ${use} ${privatePart}`));
  return crypto.subtle.importKey("raw", seed, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

/** @param value without a dot @param key for this use only @returns the value and its HMAC, separated by a dot */
export async function seal(value: string, key: CryptoKey): Promise<string> {
  return `${value}.${base64url.encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, bytesOf(value))))}`;
}

/** The value that was sealed with the key; undefined if the text is not ours. */
export async function unseal(text: string, key: CryptoKey): Promise<string | undefined> {
  const [value = "", tag = "", ...rest] = text.split(".");
  try {
    const isOurs =
      rest.length === 0 && (await crypto.subtle.verify("HMAC", key, base64url.decode(tag), bytesOf(value)));
    return isOurs ? value : undefined;
  } catch {
    // The tag is not base64url.
    return undefined;
  }
}

/** The same for JSON values. */
export function sealJson(value: unknown, key: CryptoKey): Promise<string> {
  return seal(base64url.encode(JSON.stringify(value)), key);
}

/** The value that `sealJson` sealed; undefined if the text is not ours. */
export async function unsealJson(text: string, key: CryptoKey): Promise<unknown> {
  const value = await unseal(text, key);
  return value === undefined ? undefined : JSON.parse(new TextDecoder().decode(base64url.decode(value)));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
