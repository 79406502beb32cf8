/** Whether the holder of the last hop's key has signed: the second part of the result of `Core.verifyPresented`. */
import { toBase64url } from "./base64url.ts";
import type { AcceptedChain, ChainVerdict } from "./chain.ts";
import { type Sha256, thumbprintOf } from "./thumbprint.ts";

/**
 * `proven`: the signature is valid, and its key is the one that the last hop names. `other_key`: it is valid, by
 * another key. `pending`: the key is the last hop's and the encodings are valid, but only the host's verifier can
 * verify the signature.
 */
export type Possession = "proven" | "other_key" | "signature_invalid" | "pending";

/** A refused chain has no verdict on possession. */
export type PresentedVerdict =
  | { readonly chain: AcceptedChain; readonly possession: Possession | undefined }
  | { readonly chain: Extract<ChainVerdict, { ok: false }>; readonly possession: undefined };

/** Outcomes of wasm/assembly/proof.ts by their numbers. */
const OUTCOMES = ["signature_invalid", "proven", "signature_invalid", "pending"] as const;

/**
 * @param outcome number from the core
 * @param publicKey the Ed25519 key, 32 bytes, that the proof names itself
 */
export function possessionOf(
  outcome: number,
  publicKey: Uint8Array,
  { hops }: AcceptedChain,
  sha256: Sha256,
): Possession {
  const judged = OUTCOMES[outcome] ?? "signature_invalid";
  if (judged === "signature_invalid") return judged;
  const thumbprint = thumbprintOf({ crv: "Ed25519", kty: "OKP", x: toBase64url(publicKey) }, sha256);
  return thumbprint === hops[hops.length - 1]?.thumbprint ? judged : "other_key";
}
