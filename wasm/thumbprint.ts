/** Names keys by their thumbprints (RFC 7638). */
import { toBase64url } from "./base64url.ts";

/**
 * The members of a thumbprint, in order of their names (RFC 7638, section 3.2; RFC 8037, section 2; RFC 9964, section
 * 6).
 */
const MEMBERS = {
  AKP: ["alg", "kty", "pub"],
  OKP: ["crv", "kty", "x"],
  EC: ["crv", "kty", "x", "y"],
  RSA: ["e", "kty", "n"],
} as const;

export type Sha256 = (data: Uint8Array) => Uint8Array;

const utf8 = new TextEncoder();

/**
 * The text that is hashed; it is equal exactly for equal public keys.
 *
 * @param jwk a public key with canonically encoded members; undefined for an unsupported type
 */
export function thumbprintText(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const kty = jwk["kty"] as string;
  return Object.hasOwn(MEMBERS, kty) ? JSON.stringify(jwk, [...MEMBERS[kty as keyof typeof MEMBERS]]) : undefined;
}

/** base64url, 43 characters; undefined as `thumbprintText`. */
export function thumbprintOf(jwk: Readonly<Record<string, unknown>>, sha256: Sha256): string | undefined {
  const text = thumbprintText(jwk);
  return text === undefined ? undefined : toBase64url(sha256(utf8.encode(text)));
}
