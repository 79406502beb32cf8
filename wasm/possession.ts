/** Whether the holder of the last hop's key has signed: what `Core.verifyPresented` answers beside the chain's verdict. */
import { toBase64url } from "./base64url.ts";
import type { AcceptedChain, ChainVerdict } from "./chain.ts";
import { type Sha256, thumbprintOf } from "./thumbprint.ts";

/**
 * `proven`: the signature stands, and its key is the one that the last hop names. `other_key`: it stands, by another key.
 * `pending`: the key is the last hop's and the encodings are sound, but only the host's verifier can say whether it stands.
 */
export type Possession = "proven" | "other_key" | "signature_invalid" | "pending";

/** What was proven of a chain that was refused is not said. */
export type PresentedVerdict =
  | { readonly chain: AcceptedChain; readonly possession: Possession | undefined }
  | { readonly chain: Extract<ChainVerdict, { ok: false }>; readonly possession: undefined };

/** Outcomes of wasm/assembly/proof.ts by their numbers. */
const OUTCOMES = ["signature_invalid", "proven", "signature_invalid", "pending"] as const;

/**
 * @param outcome as the core has it
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
