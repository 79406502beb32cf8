/** Secrets that somebody tells, against those that are bound. */

/**
 * Whether a told secret is the expected one. Digests of equal length are compared, in constant time; a secret that is not set opens
 * nothing.
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
