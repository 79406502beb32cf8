/** HTTP Message Signatures (RFC 9421) by the gateway's key. */
import { appendSignature, createSignature } from "http-message-sig";
import type { Signer } from "./signing.ts";

/** Parameters of a signature (section 2.3). */
export interface SignatureTerms {
  /** Purpose of the signature. */
  readonly tag: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** Unique to this signature. */
  readonly nonce?: string;
}

/** The headers of the finished request, with its signature. */
export async function signMessage(
  request: Request,
  components: readonly string[],
  terms: SignatureTerms,
  signer: Signer,
): Promise<Headers> {
  const fields = await createSignature(request, {
    label: "hopgate",
    components: [...components],
    parameters: { ...terms, alg: "ed25519", keyid: signer.kid },
    signer: {
      algorithm: "ed25519",
      sign: async (base) => new Uint8Array(await crypto.subtle.sign("Ed25519", signer.key, base)),
    },
  });
  return appendSignature(request.headers, fields);
}
