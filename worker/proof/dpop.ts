/** DPoP (RFC 9449, section 4.3): a JWT signed for one request, at the gateway's routes and at its token endpoint. */
import type { SignedMessage } from "../../wasm/core.ts";
import { thumbprintOf } from "../../wasm/thumbprint.ts";
import { HopError } from "../errors.ts";
import type { SpentProof } from "../presentation.ts";
import { type ProofKey, readProof, readProofKey, requireSignedBy, type UnverifiedProof } from "./jws.ts";
import { type JudgedPossession, type ProofContext, requireInForce, requireJti, sameTarget } from "./proof.ts";

/** A strictly parsed proof, with the key that it names. Nothing in it is verified. */
export interface UnverifiedDpop extends UnverifiedProof {
  readonly key: ProofKey;
}

/** The values that a proof must have. */
export interface ExpectedProof extends Pick<ProofContext, "core" | "method" | "target" | "now" | "window" | "skew"> {
  /** RFC 7638 thumbprint of the key that must have signed it; undefined if any key may. */
  readonly thumbprint: string | undefined;
  /** The core's verdict on its signature, if it came with a chain. */
  readonly possession: JudgedPossession | undefined;
  /** `ath`: base64url(SHA-256) of the token; undefined if there is no token yet. */
  readonly tokenHash: string | undefined;
}

/** A valid proof; the server still has to check its nonce. */
export interface DpopProof extends SpentProof {
  readonly nonce: unknown;
}

/** @returns undefined if it is malformed, so that errors of its chain are reported first */
export function readDpop(jws: string): UnverifiedDpop | undefined {
  const proof = readProof(jws, "dpop+jwt");
  const jwk = proof?.header["jwk"];
  const key = proof && readProofKey(jwk, proof.alg);
  if (proof === undefined || key === undefined) return undefined;
  // The key's `use` and `alg` must allow this use (RFC 7517, sections 4.2 and 4.4).
  const { use = "sig", alg = proof.alg } = key.jwk;
  return use === "sig" && alg === proof.alg ? { ...proof, key } : undefined;
}

/** What the core verifies in the same call as the chain; undefined if the core does not support the type of key. */
export function signedByCore(proof: UnverifiedDpop | undefined): SignedMessage | undefined {
  const publicKey = proof?.key.publicKey;
  return proof && publicKey && { publicKey, message: proof.signed, signature: proof.signature };
}

/** Requires a proof with the key of the last hop, over the whole chain. @throws HopError `proof_*` */
export async function verifyDpop(proof: UnverifiedDpop | undefined, context: ProofContext): Promise<SpentProof> {
  const { thumbprint } = context.leaf;
  if (thumbprint === undefined) throw new HopError("proof_not_accepted");
  const proven = await verifyDpopProof(proof, { ...context, thumbprint, tokenHash: context.chainHash });
  // The key of a chain under a trusted root is likely to be used again.
  if (proof?.key.publicKey !== undefined) context.core.admitKey(proof.key.publicKey);
  return proven;
}

/** Form, signature, key, life, method, target, token, age: in this order. @throws HopError `proof_*` */
export async function verifyDpopProof(proof: UnverifiedDpop | undefined, expected: ExpectedProof): Promise<DpopProof> {
  if (proof === undefined) throw new HopError("proof_malformed");
  const { method, target, tokenHash, now, window, skew } = expected;
  const thumbprint = await signerOf(proof, expected);
  const { htm, htu, ath, iat, jti, nonce } = proof.payload;
  requireInForce(proof.payload, now, skew);
  if (htm !== method) throw new HopError("proof_method", { member: "htm" });
  if (!sameTarget(htu, target)) throw new HopError("proof_target", { member: "htu" });
  if (tokenHash !== undefined && ath !== tokenHash) throw new HopError("proof_chain", { member: "ath" });
  if (typeof iat !== "number" || iat > now + skew || iat <= now - window)
    throw new HopError("proof_stale", { member: "iat" });
  return { thumbprint, jti: requireJti(jti), expires: iat + window, nonce };
}

/** The thumbprint of the key that signed. @throws HopError `proof_malformed`, `proof_signature`, `proof_key_mismatch` */
async function signerOf(proof: UnverifiedDpop, { possession, thumbprint, core }: ExpectedProof): Promise<string> {
  if (possession === "signature_invalid") throw new HopError("proof_signature");
  if (possession === "other_key") throw new HopError("proof_key_mismatch");
  if (possession === "proven" && thumbprint !== undefined) return thumbprint;
  await requireSignedBy(proof, proof.key, core);
  const signer = thumbprintOf(proof.key.jwk, core.sha256);
  if (signer === undefined) throw new HopError("proof_malformed");
  if (thumbprint !== undefined && signer !== thumbprint) throw new HopError("proof_key_mismatch");
  return signer;
}
