/** Signatures that the core leaves to WebCrypto. The key fixes the algorithm. */
import { base64url, type JWK } from "jose";
import type { PendingSignature } from "../../wasm/chain.ts";
import type { Algorithm } from "../../wasm/trust.ts";

interface Parameters {
  readonly import: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
  readonly verify: { readonly name: string; readonly hash?: string; readonly saltLength?: number };
}

/** RFC 7518, sections 3.3 to 3.5; RFC 8037, section 3.1. */
const PARAMETERS: Record<Algorithm, Parameters> = {
  EdDSA: { import: { name: "Ed25519" }, verify: { name: "Ed25519" } },
  ES256: { import: { name: "ECDSA", namedCurve: "P-256" }, verify: { name: "ECDSA", hash: "SHA-256" } },
  ES384: { import: { name: "ECDSA", namedCurve: "P-384" }, verify: { name: "ECDSA", hash: "SHA-384" } },
  RS256: { import: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, verify: { name: "RSASSA-PKCS1-v1_5" } },
  PS256: { import: { name: "RSA-PSS", hash: "SHA-256" }, verify: { name: "RSA-PSS", saltLength: 32 } },
};

const imported = new WeakMap<JWK, Promise<CryptoKey>>();

/**
 * Whether a pending signature stands. A key that WebCrypto refuses (a point off its curve) verifies nothing. Of an
 * EdDSA signature the core has checked all that WebCrypto does not: docs/ed25519.md.
 *
 * @param keys the JWKs of the anchors that the verdict was given under, by issuer and key
 */
export async function verifySignature(
  { alg, key, signature, signed }: PendingSignature,
  keys: readonly (readonly JWK[])[],
): Promise<boolean> {
  const parameters = PARAMETERS[alg];
  const jwk = jwkOf(key, keys);
  if (jwk === undefined) return false;
  try {
    return await crypto.subtle.verify(parameters.verify, await importOnce(jwk, parameters), signature, signed);
  } catch {
    return false;
  }
}

function jwkOf(key: PendingSignature["key"], keys: readonly (readonly JWK[])[]): JWK | undefined {
  if ("issuer" in key) return keys[key.issuer]?.[key.index];
  if ("publicKey" in key) return { kty: "OKP", crv: "Ed25519", x: base64url.encode(key.publicKey) };
  return { kty: "EC", crv: "P-256", ...key };
}

function importOnce(jwk: JWK, { import: parameters }: Parameters): Promise<CryptoKey> {
  const known = imported.get(jwk);
  if (known !== undefined) return known;
  const { kty, crv, x, y, n, e } = jwk;
  const key = crypto.subtle.importKey("jwk", { kty, crv, x, y, n, e } as JsonWebKey, parameters, false, ["verify"]);
  imported.set(jwk, key);
  return key;
}
