/** A vector's options as the core takes them: `chains/*.json` in Node and in workerd. */
import type { AcceptedChain, ChainOptions, ChainVerdict, Core } from "../../wasm/core.ts";
import { type Algorithm, encodeTrust, type RootType } from "../../wasm/trust.ts";
import type { Vector, VectorKey, VectorOptions } from "./vector.ts";

export function fromBase64url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

const CURVES: Readonly<Record<string, Algorithm>> = { Ed25519: "EdDSA", "P-256": "ES256", "P-384": "ES384" };

function algorithmOf({ kty, crv, alg }: VectorKey): Algorithm {
  if (kty === "AKP") return alg as Algorithm;
  if (kty === "RSA") return alg === "PS256" ? "PS256" : "RS256";
  return CURVES[crv as string] as Algorithm;
}

export function chainOptions(options: VectorOptions): ChainOptions {
  return {
    trust: encodeTrust(
      options.issuers.map(({ issuer, types, scope, trust_domain: trustDomain, keys }) => ({
        issuer,
        types: types as RootType[],
        scope,
        trustDomain,
        keys: keys.map((jwk) => ({
          kid: jwk["kid"],
          alg: algorithmOf(jwk),
          publicKey: jwk["crv"] === "Ed25519" ? fromBase64url(jwk["x"] as string) : undefined,
        })),
      })),
    ),
    audiences: options.audiences,
    now: options.now,
    skew: options.skew,
    maxHops: options.max_hops,
    maxBytes: options.max_bytes,
  };
}

/** RFC 7518, sections 3.3 to 3.5; RFC 8037, section 3.1; RFC 9964, section 4. */
const WEB_CRYPTO = {
  EdDSA: [{ name: "Ed25519" }, { name: "Ed25519" }],
  ES256: [
    { name: "ECDSA", namedCurve: "P-256" },
    { name: "ECDSA", hash: "SHA-256" },
  ],
  ES384: [
    { name: "ECDSA", namedCurve: "P-384" },
    { name: "ECDSA", hash: "SHA-384" },
  ],
  RS256: [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, { name: "RSASSA-PKCS1-v1_5" }],
  PS256: [
    { name: "RSA-PSS", hash: "SHA-256" },
    { name: "RSA-PSS", saltLength: 32 },
  ],
  "ML-DSA-44": [{ name: "ML-DSA-44" }, { name: "ML-DSA-44" }],
  "ML-DSA-65": [{ name: "ML-DSA-65" }, { name: "ML-DSA-65" }],
  "ML-DSA-87": [{ name: "ML-DSA-87" }, { name: "ML-DSA-87" }],
} as const;

/** The hop of the first pending signature that does not verify. */
async function forgedHop({ pending }: AcceptedChain, { issuers }: VectorOptions): Promise<number | undefined> {
  for (const { hop, alg, key, signed, signature } of pending) {
    const [how, parameters] = WEB_CRYPTO[alg];
    const jwk: JsonWebKey =
      "issuer" in key
        ? (issuers[key.issuer]?.keys[key.index] as unknown as JsonWebKey)
        : "x" in key
          ? { kty: "EC", crv: "P-256", ...key }
          : { kty: "OKP", crv: "Ed25519", x: btoa(String.fromCharCode(...key.publicKey)) };
    const imported = await crypto.subtle.importKey("jwk", jwk, how, false, ["verify"]);
    if (!(await crypto.subtle.verify(parameters, imported, signature, signed))) return hop;
  }
  return undefined;
}

/** The verdict on a chain with every signature judged: by the core, and by WebCrypto if the core leaves it. */
export async function judge(
  core: Core,
  { chain, options }: Pick<Vector, "chain" | "options">,
  more: Partial<ChainOptions> = {},
): Promise<ChainVerdict> {
  const verdict = core.verifyChain(chain, { ...chainOptions(options), ...more });
  const hop = verdict.ok ? await forgedHop(verdict, options) : undefined;
  return hop === undefined
    ? verdict
    : { ok: false, rule: "signature_invalid", hop, member: undefined, issuer: undefined };
}
