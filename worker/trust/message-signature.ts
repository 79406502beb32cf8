/** HTTP Message Signatures (RFC 9421) by the gateway's key. */
import { appendSignature, createSignature } from "http-message-sig";
import type { Signer } from "./signing.ts";

/**
 * The headers of a request that is otherwise final, with its signature.
 *
 * @param tag what the signature is for (section 2.3)
 * @param created seconds since the epoch
 */
export async function signMessage(
  request: Request,
  components: readonly string[],
  tag: string,
  created: number,
  signer: Signer,
): Promise<Headers> {
  const fields = await createSignature(request, {
    label: "hopgate",
    components: [...components],
    parameters: { created, alg: "ed25519", keyid: signer.kid, tag },
    signer: {
      algorithm: "ed25519",
      sign: async (base) => new Uint8Array(await crypto.subtle.sign("Ed25519", signer.key, base)),
    },
  });
  return appendSignature(request.headers, fields);
}
