/** DPoP proofs (RFC 9449, section 4.2) over a whole chain. */
import { importJWK, SignJWT } from "jose";
import { hashText } from "./hop.ts";
import { algorithmOf, confirmation, type HolderKey } from "./keys.ts";

export interface ProofRequest {
  /** The private key of the chain's last `cnf`. */
  readonly key: HolderKey;
  /** Absent at a token endpoint, because there is no token yet. */
  readonly chain?: string | undefined;
  /** The server's nonce, if it requires one (section 8). */
  readonly nonce?: string | undefined;
  readonly method: string;
  readonly url: string;
  /** Seconds since the epoch; default now. */
  readonly issued?: number | undefined;
}

/** Makes a proof for one request, which the gateway accepts once. */
export async function dpopProof({ key, chain, nonce, method, url, issued }: ProofRequest): Promise<string> {
  const target = new URL(url);
  return new SignJWT({
    htm: method,
    htu: target.origin + target.pathname,
    ...(chain !== undefined && { ath: await hashText(chain) }),
    ...(nonce !== undefined && { nonce }),
    jti: crypto.randomUUID(),
    iat: issued ?? Math.floor(Date.now() / 1000),
  })
    .setProtectedHeader({ typ: "dpop+jwt", alg: algorithmOf(key), jwk: confirmation(key).jwk })
    .sign(await importJWK(key, algorithmOf(key)));
}

/** The headers that present a chain with its proof. */
export async function presentation(
  request: ProofRequest & { readonly chain: string },
): Promise<{ authorization: string; dpop: string }> {
  return { authorization: `DPoP ${request.chain}`, dpop: await dpopProof(request) };
}
