/** Key pairs of hops as JWKs (RFC 7517, RFC 8037), made and read with jose. */
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

/** An ECDSA key pair of P-256, which OAuth libraries make by default. */
export interface P256Key extends JWK {
  kty: "EC";
  crv: "P-256";
  x: string;
  y: string;
  d: string;
}

/** Makes a new key pair of P-256; `kid` is its RFC 7638 thumbprint. */
export async function newP256Key(): Promise<P256Key> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const { x, y, d } = (await exportJWK(privateKey)) as { x: string; y: string; d: string };
  const jwk = { kty: "EC", crv: "P-256", x, y, d } as const;
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}

/** A key that signs hops and proofs. It needs no `kid`, because `cnf` names a key by value or thumbprint. */
export type HolderKey = (Omit<PrivateKey, "kid"> & { kid?: string }) | P256Key;

/** Its public half. */
export type HolderPublicKey = Omit<HolderKey, "d">;

/** The algorithm that a key signs with (docs/chain.md). */
export function algorithmOf({ kty }: HolderPublicKey): "EdDSA" | "ES256" {
  return kty === "EC" ? "ES256" : "EdDSA";
}

/** The public half, for `cnf.jwk` or a JWK Set. */
export function publicPart<Key extends HolderPublicKey>({ kid, ...key }: Key): Omit<Key, "d"> {
  return { ...confirmation(key as HolderPublicKey).jwk, ...(kid !== undefined && { kid }) } as Omit<Key, "d">;
}

/** `cnf.jwk` contains only the key's value. */
export function confirmation({ kty, crv, x, y }: HolderPublicKey): { jwk: JWK } {
  return { jwk: { kty, crv, x, ...(kty === "EC" && { y }) } as JWK };
}
