/** Signatures of the algorithms that the core leaves to WebCrypto. The key fixes the algorithm. */
import type { JWK } from "jose";
import type { Algorithm } from "../../wasm/trust.ts";

interface Parameters {
  readonly import:
    | { readonly name: string; readonly hash: string }
    | { readonly name: string; readonly namedCurve: string };
  readonly verify: { readonly name: string; readonly hash?: string; readonly saltLength?: number };
}

/** RFC 7518, sections 3.3 to 3.5. */
const PARAMETERS: Record<Exclude<Algorithm, "EdDSA">, Parameters> = {
  ES256: { import: { name: "ECDSA", namedCurve: "P-256" }, verify: { name: "ECDSA", hash: "SHA-256" } },
  ES384: { import: { name: "ECDSA", namedCurve: "P-384" }, verify: { name: "ECDSA", hash: "SHA-384" } },
  RS256: { import: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, verify: { name: "RSASSA-PKCS1-v1_5" } },
  PS256: { import: { name: "RSA-PSS", hash: "SHA-256" }, verify: { name: "RSA-PSS", saltLength: 32 } },
};

const imported = new WeakMap<JWK, Promise<CryptoKey>>();

/**
 * Whether the signature stands under the key. An EdDSA signature is never asked for here: the core checks those.
 * A key that WebCrypto refuses (a point off its curve) verifies nothing.
 */
export async function verifySignature(
  alg: Algorithm,
  jwk: JWK,
  signature: Uint8Array<ArrayBuffer>,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (alg === "EdDSA") return false;
  const parameters = PARAMETERS[alg];
  try {
    return await crypto.subtle.verify(parameters.verify, await importOnce(jwk, parameters), signature, signed);
  } catch {
    return false;
  }
}

function importOnce(jwk: JWK, { import: parameters }: Parameters): Promise<CryptoKey> {
  const known = imported.get(jwk);
  if (known !== undefined) return known;
  const { kty, crv, x, y, n, e } = jwk;
  const key = crypto.subtle.importKey("jwk", { kty, crv, x, y, n, e } as JsonWebKey, parameters, false, ["verify"]);
  imported.set(jwk, key);
  return key;
}
