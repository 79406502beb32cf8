/** What every scheme of proof of possession is given, and what it gives back. */
import { calculateJwkThumbprint, errors, type JWK } from "jose";
import type { ChainHop } from "../../wasm/core.ts";
import { HopError } from "../errors.ts";

export interface ProofContext {
  /** The last hop: its `cnf` names the key. */
  readonly leaf: ChainHop;
  /** base64url(SHA-256) of the whole chain: `ath` of DPoP, `wth` of WIMSE. */
  readonly chainHash: string;
  readonly method: string;
  /** Methods that the route serves. */
  readonly methods: readonly string[];
  /** Scheme, authority and path of the request. */
  readonly target: string;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Seconds that a proof stays good. */
  readonly window: number;
  /** Seconds that a proof's time may lie ahead. */
  readonly skew: number;
}

/** A proof that may be used once: remember it until `expires` (seconds since the epoch). */
export interface SpentProof {
  readonly thumbprint: string;
  readonly jti: string;
  readonly expires: number;
}

export interface Confirmation {
  readonly jwk?: JWK;
  readonly jkt?: string;
  readonly "x5t#S256"?: string;
}

export function confirmationOf(leaf: ChainHop): Confirmation {
  return (leaf.claims["cnf"] ?? {}) as Confirmation;
}

/** RFC 7638 thumbprint of the leaf's key, also of a kind that the core does not use; undefined without a key. */
export async function leafThumbprint(leaf: ChainHop): Promise<string | undefined> {
  const { jwk } = confirmationOf(leaf);
  return leaf.thumbprint ?? (jwk && (await calculateJwkThumbprint(jwk).catch(() => undefined)));
}

/** Signature algorithms of proofs: asymmetric, and one that the key's type fixes. */
export const PROOF_ALGORITHMS = ["EdDSA", "Ed25519", "ES256", "ES384", "RS256", "PS256"];

/** jose's refusal of a proof, as ours; its own text could quote the proof. */
export function refused(error: unknown): HopError {
  if (error instanceof errors.JWSSignatureVerificationFailed) return new HopError("proof_signature");
  const untimely = error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed;
  if (untimely && ["exp", "nbf"].includes(error.claim) && error.reason === "check_failed")
    return new HopError("proof_stale", { member: error.claim });
  return new HopError("proof_malformed");
}

/** A `jti` that can be remembered. */
export function requireJti(jti: unknown): string {
  if (typeof jti !== "string" || jti.length === 0 || jti.length > 256) {
    throw new HopError("proof_malformed", { member: "jti" });
  }
  return jti;
}

/** Whether two addresses are the same target, query and fragment aside (RFC 9449, section 4.3). */
export function sameTarget(claimed: unknown, target: string): boolean {
  if (typeof claimed !== "string" || !URL.canParse(claimed)) return false;
  const { origin, pathname } = new URL(claimed);
  return origin + pathname === target;
}
