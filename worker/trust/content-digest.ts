/** `Content-Digest` (RFC 9530, section 2). Pure. */

/** @param sha256 SHA-256 of the content: 32 bytes */
export function contentDigest(sha256: Uint8Array): string {
  return `sha-256=:${btoa(String.fromCharCode(...sha256))}:`;
}
