/**
 * The gateway as a workload at clouds: tokens of its own issuer, whose keys clouds fetch. Clouds accept RS256 (Azure
 * accepts only that). Tokens of this issuer never begin a chain or go to an upstream.
 */
import { type JWK, SignJWT } from "jose";
import * as v from "valibot";
import { ClientKey, importClientKey } from "./client-key.ts";

/** The form of the secret FEDERATION_KEYS: a JWK Set of private RSA keys; the first signs, all are published. */
export const FederationKeys = v.object({
  keys: v.pipe(
    v.array(
      v.pipe(
        ClientKey,
        v.check(({ kty, alg }) => kty === "RSA" && alg === "RS256", "must be an RSA key for RS256"),
      ),
    ),
    v.minLength(1),
  ),
});
export type FederationKeys = v.InferOutput<typeof FederationKeys>;

/** Path of the issuer's metadata (OpenID Connect Discovery 1.0, section 4). */
export const FEDERATION_PATH = "/federation";

/** Life of a token in seconds; it is exchanged at once. */
const SECONDS = 300;

export interface Federation {
  /**
   * @param subject that the cloud's conditions name @param audience that the cloud expects @param now milliseconds
   * since the epoch
   */
  tokenFor(subject: string, audience: string, now: number): Promise<string>;
}

/** @param origin of the gateway that clouds can reach */
export function federationIssuer(origin: string): string {
  return origin + FEDERATION_PATH;
}

export async function createFederation({ keys }: FederationKeys, origin: string): Promise<Federation> {
  const [first] = keys as [ClientKey, ...ClientKey[]];
  const key = await importClientKey(first);
  return {
    tokenFor: (subject, audience, now) => {
      const iat = Math.floor(now / 1000);
      return new SignJWT({ jti: crypto.randomUUID() })
        .setProtectedHeader({ alg: first.alg, typ: "JWT", kid: first.kid })
        .setIssuer(federationIssuer(origin))
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt(iat)
        .setExpirationTime(iat + SECONDS)
        .sign(key);
    },
  };
}

/** The metadata and keys that clouds fetch. */
export function federationMetadata(origin: string): object {
  const issuer = federationIssuer(origin);
  return {
    issuer,
    jwks_uri: `${issuer}/jwks.json`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
}

export function federationKeySet({ keys }: FederationKeys): { keys: JWK[] } {
  return { keys: keys.map(({ kty, n, e, kid, alg }) => ({ kty, n, e, kid, alg, use: "sig" }) as JWK) };
}
