/** Private keys with which the gateway signs as a client (RFC 7523), and as a workload at clouds. */
import { importJWK } from "jose";
import * as v from "valibot";

export const ClientKey = v.looseObject({
  kty: v.picklist(["OKP", "EC", "RSA"]),
  /** Its algorithm. */
  alg: v.picklist(["EdDSA", "ES256", "ES384", "RS256", "PS256"]),
  kid: v.pipe(v.string(), v.minLength(1)),
  /** The private part. */
  d: v.pipe(v.string(), v.minLength(1)),
});
export type ClientKey = v.InferOutput<typeof ClientKey>;

export async function importClientKey(jwk: ClientKey): Promise<CryptoKey> {
  return (await importJWK(jwk, jwk.alg, { extractable: false })) as CryptoKey;
}
