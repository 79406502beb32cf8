/** Public keys that hops and proofs name, imported once an isolate. */
import { calculateJwkThumbprint, importJWK, type JWK } from "jose";

export interface PublicKey {
  readonly key: Awaited<ReturnType<typeof importJWK>>;
  /** RFC 7638. */
  readonly thumbprint: string;
}

export type PublicKeyOf = (jwk: JWK) => Promise<PublicKey>;

const MOST_KEYS = 1000;

export function makePublicKeys(): PublicKeyOf {
  const keys = new Map<string, PublicKey>();
  return async ({ kty, crv, x }) => {
    const name = `${kty} ${crv} ${x}`;
    const known = keys.get(name);
    if (known !== undefined) return known;
    const jwk = { kty, crv, x } as JWK;
    const made = { key: await importJWK(jwk, "EdDSA"), thumbprint: await calculateJwkThumbprint(jwk) };
    if (keys.size === MOST_KEYS) keys.clear();
    keys.set(name, made);
    return made;
  };
}
