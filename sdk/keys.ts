/** Key pairs of hops as JWKs (RFC 8037), made and read with jose. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";

/** An Ed25519 key pair; `d` makes it private. `kid` is its RFC 7638 thumbprint. */
export interface PrivateKey extends JWK {
  kty: "OKP";
  crv: "Ed25519";
  x: string;
  d: string;
  kid: string;
}

export type PublicKey = Omit<PrivateKey, "d">;

/** Makes a new key pair. */
export async function newKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair("Ed25519", { extractable: true });
  const { x, d } = (await exportJWK(privateKey)) as { x: string; d: string };
  const jwk = { kty: "OKP", crv: "Ed25519", x, d } as const;
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}

/** The public half: what may stand in `cnf.jwk` or a JWK Set. */
export function publicPart({ kty, crv, x, kid }: PublicKey): PublicKey {
  return { kty, crv, x, kid };
}

/** `cnf.jwk` names a key by its value alone. */
export function confirmation({ kty, crv, x }: PublicKey): { jwk: { kty: "OKP"; crv: "Ed25519"; x: string } } {
  return { jwk: { kty, crv, x } };
}
