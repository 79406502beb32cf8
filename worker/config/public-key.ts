/** Tells public keys (JWK) from private and shared ones. */

/** Members that only private and shared keys have (RFC 7518, section 6; RFC 8037, section 2; RFC 9964, section 3). */
export const PRIVATE_MEMBERS: readonly string[] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

export function isPublic(jwk: object): boolean {
  return !PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name));
}

/** The message for a key that is not public. */
export const NOT_PUBLIC = "is a private key; only public keys belong here";
