/** JWK Sets (RFC 7517, section 5) of issuers: fetched with limits, read into keys that each have one algorithm. */
import { base64url, type JWK } from "jose";
import type { Algorithm } from "../../wasm/trust.ts";

/** A public key with the one algorithm that it verifies. */
export interface TrustedKey {
  readonly jwk: JWK;
  readonly kid: string | undefined;
  readonly alg: Algorithm;
  /** 32 bytes, for EdDSA. */
  readonly publicKey: Uint8Array | undefined;
}

const MAX_BYTES = 262_144;
const MAX_KEYS = 64;
const TIMEOUT_MS = 5_000;
const MIN_RSA_BITS = 2048;

/**
 * Fetches a key set.
 *
 * @throws Error where the answer is not a JWK Set; the message never quotes it
 */
export async function fetchJwks(uri: string, fetcher: (request: Request) => Promise<Response>): Promise<JWK[]> {
  const request = new Request(uri, {
    headers: { accept: "application/jwk-set+json, application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const response = await fetcher(request);
  if (response.status !== 200) throw new Error(`the key set was answered with status ${response.status}`);
  const body = await response.arrayBuffer();
  if (body.byteLength > MAX_BYTES) throw new Error("the key set is too large");
  return keysOf(JSON.parse(new TextDecoder().decode(body)));
}

/** The `keys` of a JWK Set document. */
export function keysOf(document: unknown): JWK[] {
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new Error("the document is not a JWK Set");
  return keys.filter((key): key is JWK => typeof key === "object" && key !== null).slice(0, MAX_KEYS);
}

/** The keys that can be used; what is not a public signature key of a known algorithm is passed over (RFC 7517, 5). */
export function readKeys(jwks: readonly JWK[]): TrustedKey[] {
  return jwks.flatMap((jwk) => {
    const alg = algorithmOf(jwk);
    if (alg === undefined || (jwk.use !== undefined && jwk.use !== "sig") || "d" in jwk) return [];
    const publicKey = alg === "EdDSA" ? decode(jwk.x) : undefined;
    if (alg === "EdDSA" && publicKey?.length !== 32) return [];
    return [{ jwk, kid: typeof jwk.kid === "string" ? jwk.kid : undefined, alg, publicKey }];
  });
}

/** The key's own algorithm: from its type and curve; an RSA key may say PS256, else it is RS256. */
function algorithmOf({ kty, crv, alg, n }: JWK): Algorithm | undefined {
  if (kty === "OKP" && crv === "Ed25519") return "EdDSA";
  if (kty === "EC" && crv === "P-256") return "ES256";
  if (kty === "EC" && crv === "P-384") return "ES384";
  if (kty !== "RSA" || (decode(n)?.length ?? 0) * 8 < MIN_RSA_BITS) return undefined;
  if (alg === "PS256") return "PS256";
  return alg === undefined || alg === "RS256" ? "RS256" : undefined;
}

function decode(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return base64url.decode(text);
  } catch {
    return undefined;
  }
}
