/** Proofs of possession that are JWTs (DPoP, WIMSE): parsing them, and verifying their signature. */
import { base64url, type JWK } from "jose";
import type { Core } from "../../wasm/core.ts";
import type { Algorithm } from "../../wasm/trust.ts";
import { isPublic } from "../config.ts";
import { HopError } from "../errors.ts";
import { verifyBy } from "../trust/signature.ts";
import type { JsonObject } from "../trust/strict-json.ts";
import { MalformedJws, readStrictJws, type UnverifiedJws } from "../trust/strict-jws.ts";

/** The algorithm of each name in `alg`; RFC 9864 has a second name for Ed25519. */
const ALGORITHM_OF = {
  EdDSA: "EdDSA",
  Ed25519: "EdDSA",
  ES256: "ES256",
  ES384: "ES384",
  RS256: "RS256",
  PS256: "PS256",
} as const satisfies Record<string, Algorithm>;

type ProofAlgorithm = keyof typeof ALGORITHM_OF;

/** Signature algorithms of proofs: asymmetric, and determined by the key's type. */
export const PROOF_ALGORITHMS = Object.keys(ALGORITHM_OF) as ProofAlgorithm[];

/** The members that make a public key, by the algorithm that uses it. */
const MEMBERS: Record<
  (typeof ALGORITHM_OF)[ProofAlgorithm],
  { readonly kty: string; readonly crv?: string; readonly names: readonly string[] }
> = {
  EdDSA: { kty: "OKP", crv: "Ed25519", names: ["x"] },
  ES256: { kty: "EC", crv: "P-256", names: ["x", "y"] },
  ES384: { kty: "EC", crv: "P-384", names: ["x", "y"] },
  RS256: { kty: "RSA", names: ["n", "e"] },
  PS256: { kty: "RSA", names: ["n", "e"] },
};

/** A strictly parsed proof. Nothing in it is verified. */
export interface UnverifiedProof extends UnverifiedJws {
  readonly alg: ProofAlgorithm;
}

/** The key that must have signed a proof. */
export interface ProofKey {
  readonly jwk: JWK;
  /** 32 bytes, if it is an Ed25519 key, which the core can use. */
  readonly publicKey: Uint8Array | undefined;
}

/**
 * @param typ of the header, without "application/", in lower case
 * @returns undefined if it is malformed, so that errors of what comes with it are reported first
 */
export function readProof(jws: string, typ: string): UnverifiedProof | undefined {
  const read = readJws(jws);
  if (read === undefined) return undefined;
  const { alg, typ: type, crit } = read.header;
  const isKnown = typeof alg === "string" && Object.hasOwn(ALGORITHM_OF, alg);
  return isKnown && isMediaType(type, typ) && crit === undefined ? { ...read, alg: alg as ProofAlgorithm } : undefined;
}

function readJws(jws: string): UnverifiedJws | undefined {
  try {
    return readStrictJws(jws);
  } catch (error) {
    if (error instanceof MalformedJws) return undefined;
    throw error;
  }
}

/** RFC 7515, section 4.1.9: compared without regard to case, "application/" may be left out. */
function isMediaType(value: unknown, type: string): boolean {
  if (typeof value !== "string") return false;
  const lower = value.toLowerCase();
  return lower === type || lower === `application/${type}`;
}

/** The public key of a JWK for this algorithm (RFC 7517); undefined if the JWK is not one, or has private parts. */
export function readProofKey(jwk: unknown, alg: ProofAlgorithm): ProofKey | undefined {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) return undefined;
  const key = jwk as JsonObject;
  const { kty, crv, names } = MEMBERS[ALGORITHM_OF[alg]];
  if (key["kty"] !== kty || (crv !== undefined && key["crv"] !== crv)) return undefined;
  if (!isPublic(key) || !isForVerifying(key)) return undefined;
  if (names.some((name) => typeof key[name] !== "string")) return undefined;
  const publicKey = kty === "OKP" ? bytes32(key["x"] as string) : undefined;
  return kty === "OKP" && publicKey === undefined ? undefined : { jwk: key as JWK, publicKey };
}

/** RFC 7517, section 4.3; `ext` as the Web Cryptography API has it. */
function isForVerifying({ key_ops: operations, ext }: JsonObject): boolean {
  if (ext !== undefined && typeof ext !== "boolean") return false;
  return (
    operations === undefined || (Array.isArray(operations) && operations.length === 1 && operations[0] === "verify")
  );
}

/** Canonical base64url of 32 bytes. */
function bytes32(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  const bytes = base64url.decode(text);
  return base64url.encode(bytes) === text ? bytes : undefined;
}

/** @throws HopError `proof_signature`; `proof_malformed` if the key is not valid */
export async function requireSignedBy(
  { alg, signed, signature }: UnverifiedProof,
  { jwk, publicKey }: ProofKey,
  core: Pick<Core, "verifyEd25519">,
): Promise<void> {
  const stands =
    publicKey === undefined
      ? await verifyBy(jwk, ALGORITHM_OF[alg], signature, signed)
      : core.verifyEd25519(publicKey, signed, signature);
  if (stands === undefined) throw new HopError("proof_malformed");
  if (!stands) throw new HopError("proof_signature");
}
