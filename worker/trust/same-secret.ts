/** Compares presented secrets with configured ones. */

/**
 * Whether a presented secret is the expected one. Compares digests of equal length, in constant time; a secret that is
 * not set matches nothing.
 */
export function isSameSecret(
  told: string,
  expected: string | undefined,
  sha256: (bytes: Uint8Array) => Uint8Array,
): boolean {
  const [a, b] = [told, expected ?? ""].map((text) => sha256(new TextEncoder().encode(text)));
  const isSame = crypto.subtle.timingSafeEqual(a as Uint8Array, b as Uint8Array);
  return isSame && expected !== undefined && expected !== "";
}
