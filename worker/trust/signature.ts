/** Signatures that the core leaves to WebCrypto. The key fixes the algorithm. */
import { base64url, type JWK } from "jose";
import type { PendingSignature } from "../../wasm/chain.ts";
import { thumbprintText } from "../../wasm/thumbprint.ts";
import type { Algorithm } from "../../wasm/trust.ts";

interface Parameters {
  readonly import: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
  readonly verify: { readonly name: string; readonly hash?: string; readonly saltLength?: number };
}

/** RFC 7518, sections 3.3 to 3.5; RFC 8037, section 3.1; RFC 9964, section 4, with the empty context that it requires. */
const PARAMETERS: Record<Algorithm, Parameters> = {
  EdDSA: { import: { name: "Ed25519" }, verify: { name: "Ed25519" } },
  ES256: { import: { name: "ECDSA", namedCurve: "P-256" }, verify: { name: "ECDSA", hash: "SHA-256" } },
  ES384: { import: { name: "ECDSA", namedCurve: "P-384" }, verify: { name: "ECDSA", hash: "SHA-384" } },
  RS256: { import: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, verify: { name: "RSASSA-PKCS1-v1_5" } },
  PS256: { import: { name: "RSA-PSS", hash: "SHA-256" }, verify: { name: "RSA-PSS", saltLength: 32 } },
  "ML-DSA-44": { import: { name: "ML-DSA-44" }, verify: { name: "ML-DSA-44" } },
  "ML-DSA-65": { import: { name: "ML-DSA-65" }, verify: { name: "ML-DSA-65" } },
  "ML-DSA-87": { import: { name: "ML-DSA-87" }, verify: { name: "ML-DSA-87" } },
};

/** RFC 7518, sections 3.3 and 3.5: least bits of an RSA key. */
const LEAST_MODULUS = 2048;

/**
 * Keys that have verified something, by algorithm and the input of their thumbprint, least recently used first. Keys
 * that only strangers name are not cached.
 */
const imported = new Map<string, CryptoKey>();
const MOST_IMPORTED = 256;

/**
 * Whether a pending signature is valid. A key that WebCrypto refuses (a point off its curve) verifies nothing. For
 * EdDSA the core has checked everything that WebCrypto does not: docs/ed25519.md.
 *
 * @param keys the JWKs of the anchors that the verdict refers to, by issuer and key
 */
export async function verifySignature(
  { alg, key, signature, signed }: Omit<PendingSignature, "hop">,
  keys: readonly (readonly JWK[])[],
): Promise<boolean> {
  const jwk = jwkOf(key, keys);
  return jwk !== undefined && (await verifyBy(jwk, alg, signature, signed)) === true;
}

/**
 * Whether a signature is valid under a public JWK; undefined if that is not a key for the algorithm.
 *
 * @param alg for EdDSA, the core or `areEncodingsSound` must have checked the encodings
 */
export async function verifyBy(
  jwk: JWK,
  alg: Algorithm,
  signature: Uint8Array<ArrayBuffer>,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean | undefined> {
  const name = `${alg} ${thumbprintText(jwk)}`;
  const key = imported.get(name) ?? (await importKey(jwk, alg));
  if (key === undefined) return undefined;
  const stands = await crypto.subtle.verify(PARAMETERS[alg].verify, key, signature, signed).catch(() => false);
  if (stands) remember(name, key);
  return stands;
}

function jwkOf(key: PendingSignature["key"], keys: readonly (readonly JWK[])[]): JWK | undefined {
  if ("issuer" in key) return keys[key.issuer]?.[key.index];
  if ("publicKey" in key) return { kty: "OKP", crv: "Ed25519", x: base64url.encode(key.publicKey) };
  return { kty: "EC", crv: "P-256", ...key };
}

/** Undefined if WebCrypto or RFC 7518 refuses the key. */
async function importKey(jwk: JWK, alg: Algorithm): Promise<CryptoKey | undefined> {
  const { kty, crv, x, y, n, e, pub } = jwk;
  const members = (kty === "AKP" ? { kty, alg: jwk.alg, pub } : { kty, crv, x, y, n, e }) as JsonWebKey;
  const key = await crypto.subtle
    .importKey("jwk", members, PARAMETERS[alg].import, false, ["verify"])
    .catch(() => undefined);
  const { modulusLength } = (key?.algorithm ?? {}) as { modulusLength?: number };
  return modulusLength === undefined || modulusLength >= LEAST_MODULUS ? key : undefined;
}

function remember(name: string, key: CryptoKey): void {
  imported.delete(name);
  imported.set(name, key);
  const [oldest] = imported.keys();
  if (imported.size > MOST_IMPORTED && oldest !== undefined) imported.delete(oldest);
}
