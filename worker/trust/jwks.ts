/** JWK Sets (RFC 7517, section 5) of issuers: fetched within limits, and read into keys with one algorithm each. */
import { base64url, type JWK } from "jose";
import type { Algorithm } from "../../wasm/trust.ts";
import { type Issuer, isProtected, isPublic } from "../config.ts";
import { fetchWhole } from "../content.ts";

/** A public key with the one algorithm that it verifies. */
export interface TrustedKey {
  readonly jwk: JWK;
  readonly kid: string | undefined;
  readonly alg: Algorithm;
  /** 32 bytes, for EdDSA. */
  readonly publicKey: Uint8Array | undefined;
}

const MAX_KEYS = 64;
const MIN_RSA_BITS = 2048;

type Fetch = (request: Request) => Promise<Response>;

/** A fetched key set. */
export interface FetchedKeys {
  readonly keys: JWK[];
  /** Seconds after which its publisher says to fetch it again. */
  readonly refresh?: number;
}

/** Whether an issuer's keys are fetched, and not part of the configuration. */
export function isRemote({ keys }: Issuer): boolean {
  return keys === undefined;
}

/**
 * Fetches the keys of an issuer: from its `jwks_uri`, by discovery, or from a SPIFFE bundle.
 *
 * @throws Error if an answer is not valid; the message never quotes it
 */
export async function fetchKeys(issuer: Issuer, fetcher: Fetch): Promise<FetchedKeys> {
  if (issuer.spiffe_bundle !== undefined) return bundleKeys(await fetchJson(issuer.spiffe_bundle, fetcher), issuer);
  const uri = issuer.discovery ? await discover(issuer.issuer, fetcher) : (issuer.jwks_uri as string);
  return fetchKeySet(uri, fetcher);
}

/** Fetches a JWK Set. @throws Error as `fetchKeys` does */
export async function fetchKeySet(uri: string, fetcher: Fetch): Promise<FetchedKeys> {
  return { keys: keysOf(await fetchJson(uri, fetcher)) };
}

async function fetchJson(uri: string, fetcher: Fetch): Promise<unknown> {
  const headers = { accept: "application/jwk-set+json, application/json" };
  const response = await fetchWhole(new Request(uri, { headers, redirect: "manual" }), fetcher);
  if (response.status !== 200) throw new Error(`the key set was answered with status ${response.status}`);
  return JSON.parse(await response.text());
}

/** OpenID Connect Discovery 1.0, section 4: the document must be the one of this issuer. */
async function discover(issuer: string, fetcher: Fetch): Promise<string> {
  const document = await fetchJson(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, fetcher);
  const { issuer: named, jwks_uri: uri } = (document ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  if (named !== issuer) throw new Error("the discovery document is another issuer's");
  if (typeof uri !== "string" || !URL.canParse(uri) || !isProtected(new URL(uri))) {
    throw new Error("the discovery document has no trustworthy `jwks_uri`");
  }
  return uri;
}

/**
 * A SPIFFE bundle (SPIFFE Trust Domain and Bundle, section 4): its keys for the accepted types of token. Workload
 * Identity Tokens have keys of their own (WIT-SVID, section 6).
 */
function bundleKeys(document: unknown, { types }: Issuer): FetchedKeys {
  const { spiffe_refresh_hint: hint } = (document ?? {}) as { spiffe_refresh_hint?: unknown };
  const uses = new Set(types.map((type) => (type === "wit+jwt" ? "wit-svid" : "jwt-svid")));
  const keys = keysOf(document).flatMap(({ use, ...jwk }) =>
    (uses as Set<unknown>).has(use) ? [{ ...jwk } as JWK] : [],
  );
  return { keys, ...(typeof hint === "number" && hint > 0 && { refresh: Math.max(10, Math.floor(hint)) }) };
}

/** The `keys` of a JWK Set document. */
export function keysOf(document: unknown): JWK[] {
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new Error("the document is not a JWK Set");
  return keys.filter((key): key is JWK => typeof key === "object" && key !== null).slice(0, MAX_KEYS);
}

/** The usable keys; anything but public signature keys of known algorithms is ignored (RFC 7517, 5). */
export function readKeys(jwks: readonly JWK[]): TrustedKey[] {
  return jwks.flatMap((jwk) => {
    const alg = algorithmOf(jwk);
    if (alg === undefined || (jwk.use !== undefined && jwk.use !== "sig") || !isPublic(jwk)) return [];
    const publicKey = alg === "EdDSA" ? decode(jwk.x) : undefined;
    if (alg === "EdDSA" && publicKey?.length !== 32) return [];
    return [{ jwk, kid: typeof jwk.kid === "string" ? jwk.kid : undefined, alg, publicKey }];
  });
}

/** Bytes of a public key for each ML-DSA (FIPS 204, table 2). */
const ML_DSA = { "ML-DSA-44": 1312, "ML-DSA-65": 1952, "ML-DSA-87": 2592 } as const;

/**
 * The key's own algorithm: from its type and curve; for an RSA key PS256 if its `alg` says so, else RS256; an AKP key
 * has it in `alg`.
 */
function algorithmOf({ kty, crv, alg, n, pub }: JWK): Algorithm | undefined {
  if (kty === "OKP" && crv === "Ed25519") return "EdDSA";
  if (kty === "EC" && crv === "P-256") return "ES256";
  if (kty === "EC" && crv === "P-384") return "ES384";
  if (kty === "AKP") {
    const named = (Object.keys(ML_DSA) as (keyof typeof ML_DSA)[]).find((each) => each === alg);
    return named !== undefined && decode(pub)?.length === ML_DSA[named] ? named : undefined;
  }
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
