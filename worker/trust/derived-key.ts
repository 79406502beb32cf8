/** Keys of the gateway for what only it reads again, so that every isolate has the same ones and nothing is kept. */

/**
 * An HMAC key of the signing key's private part, for one use.
 *
 * @param use what it is for: keys of different uses have nothing to do with each other
 */
export async function deriveKey(privatePart: string, use: string): Promise<CryptoKey> {
  const seed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`hopgate ${use} ${privatePart}`));
  return crypto.subtle.importKey("raw", seed, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
