/**
 * The signature of a proof of possession, checked in the same call as its chain. The host has parsed the proof and
 * passes its key; it compares that key's thumbprint with the last hop's itself.
 */
import { areEncodingsSound, combine, PUBLIC_KEY, settle, startSignatures } from "./ed25519";
import { keyTable } from "./keys";
import { PROOF } from "./memory";

/** A key, a signature and a digest, one after the other from PUBLIC_KEY on. */
const PROOF_BYTES: usize = 160;

/** The verdict on a proof, which wasm/possession.ts reads. */
const NOT_JUDGED: u32 = 0;
const STANDS: u32 = 1;
const INVALID: u32 = 2;
const LEFT_TO_HOST: u32 = 3;
/** Between `collectProof` and `settleProof`. */
const WAITS: u32 = 4;

export let proofOutcome: u32 = NOT_JUDGED;

/** Stores the input of `startDigest` and `finishDigest` while the chain's own signatures are collected. */
export function holdProof(): void {
  memory.copy(PROOF, PUBLIC_KEY, PROOF_BYTES);
}

export function forgetOutcome(): void {
  proofOutcome = NOT_JUDGED;
}

/**
 * Adds the stored signature as the last one for `settle`.
 *
 * @param defer leaves it to the host if its key has no table, once its encodings are checked
 */
export function collectProof(defer: bool): void {
  memory.copy(PUBLIC_KEY, PROOF, PROOF_BYTES);
  if (defer && keyTable(PUBLIC_KEY) == 0) proofOutcome = areEncodingsSound() ? LEFT_TO_HOST : INVALID;
  else proofOutcome = combine() ? WAITS : INVALID;
}

/** @param stands whether `settle` found all signatures to be right, this one included */
export function settleProof(stands: bool): void {
  if (proofOutcome == WAITS) proofOutcome = stands ? STANDS : INVALID;
}

/** Verifies only the stored proof, because its chain was verified before. */
export function verifyProof(defer: bool): u32 {
  startSignatures();
  collectProof(defer);
  settleProof(settle() == 1);
  return proofOutcome;
}
