/**
 * Security Event Tokens (RFC 8417) of trusted transmitters: verifies the sender, and reads events and subjects of CAEP
 * 1.0 and RFC 9493.
 */
import { createLocalJWKSet, errors, type JWK, type JWTVerifyGetKey, jwtVerify } from "jose";
import * as v from "valibot";
import type { Transmitter } from "../config.ts";
import { fetchKeySet } from "../trust/jwks.ts";
import { createKeySet, fixedKeys, type KeyEdges, type KeySet } from "../trust/key-set.ts";
import { readStrictJws } from "../trust/strict-jws.ts";

/** Error codes of RFC 8935, section 2.4. */
export type SetErrorCode =
  | "invalid_request"
  | "invalid_key"
  | "invalid_issuer"
  | "invalid_audience"
  | "authentication_failed";

/** A SET that is not accepted. The description may be sent to the transmitter. */
export class SetError extends Error {
  override readonly name = "SetError";
  readonly code: SetErrorCode;

  constructor(code: SetErrorCode, description: string, cause?: unknown) {
    super(description, { cause });
    this.code = code;
  }
}

/** A verified SET. */
export interface SecurityEvents {
  readonly transmitter: Transmitter;
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  /** By event type. */
  readonly events: Readonly<Record<string, unknown>>;
  /** Subject of the whole SET (`sub_id`); events of CAEP drafts have their own. */
  readonly subject: unknown;
}

/** Oldest SET that is accepted, in seconds; its `jti` is remembered for as long. */
export const MAX_AGE = 24 * 3600;

const Claims = v.object({
  jti: v.pipe(v.string(), v.minLength(1), v.maxLength(512)),
  iat: v.pipe(v.number(), v.integer()),
  events: v.pipe(
    v.record(v.string(), v.unknown()),
    v.check((events) => Object.keys(events).length > 0, "contains no event"),
  ),
  sub_id: v.optional(v.unknown()),
});

export type KeysOf = (transmitter: Transmitter) => JWTVerifyGetKey;

/** There are no usable keys of the transmitter: the SET may be valid, and should be sent again. */
export class KeysUnavailable extends Error {}

/** The keys of transmitters, fetched and cached like those of issuers. */
export function transmitterKeys(transmitters: readonly Transmitter[]): (edges: KeyEdges) => KeysOf {
  const sets = new Map(transmitters.map((transmitter) => [transmitter.issuer, keySetOf(transmitter)]));
  return (edges) => (transmitter) => async (header, token) => {
    const set = sets.get(transmitter.issuer) as KeySet;
    while (true) {
      try {
        return await createLocalJWKSet({ keys: [...set.current(edges)] })(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        const found = await set.lookFor(edges);
        if (found === "unavailable") throw new KeysUnavailable("the transmitter's keys cannot be fetched");
        if (found === "unchanged") throw error;
      }
    }
  };
}

function keySetOf({ issuer: publisher, keys, jwks_uri: uri, refresh, max_stale }: Transmitter): KeySet {
  if (keys !== undefined) return fixedKeys(keys as JWK[]);
  const fetchKeys: Parameters<typeof createKeySet>[0]["fetchKeys"] = (fetcher) => fetchKeySet(uri as string, fetcher);
  return createKeySet({ publisher, entry: `jwks:transmitter:${publisher}`, refresh, max_stale, fetchKeys });
}

/**
 * @param audience the gateway's id
 * @param now milliseconds since the epoch
 * @throws SetError
 */
export async function verifySet(
  text: string,
  transmitters: readonly Transmitter[],
  keysOf: KeysOf,
  audience: string,
  now: number,
): Promise<SecurityEvents> {
  const transmitter = transmitters.find(({ issuer }) => issuer === unverifiedIssuer(text));
  if (transmitter === undefined) throw new SetError("invalid_issuer", "the issuer is not a trusted transmitter");
  const { payload } = await jwtVerify(text, keysOf(transmitter), {
    typ: "secevent+jwt",
    issuer: transmitter.issuer,
    audience,
    algorithms: ["EdDSA", "ES256", "ES384", "RS256", "PS256"],
    currentDate: new Date(now),
  }).catch((cause: unknown) => {
    throw cause instanceof KeysUnavailable ? cause : refusalOf(cause);
  });
  const claims = v.safeParse(Claims, payload);
  if (!claims.success) throw new SetError("invalid_request", "needs `jti`, `iat` and `events`");
  const { jti, iat, events, sub_id: subject } = claims.output;
  const age = now / 1000 - iat;
  if (age > MAX_AGE || age < -60) throw new SetError("invalid_request", "was issued too long ago, or in the future");
  return { transmitter, jti, iat, events, subject };
}

function unverifiedIssuer(text: string): unknown {
  try {
    return readStrictJws(text, text.length).payload["iss"];
  } catch (cause) {
    throw new SetError("invalid_request", "the body is not a JWT that every parser reads the same way", cause);
  }
}

/** Errors of the token itself are the transmitter's; missing keys are not: then the event is sent again. */
function refusalOf(cause: unknown): unknown {
  if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === "aud")
    return new SetError("invalid_audience", "the audience is not this gateway", cause);
  const keyed = cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWSSignatureVerificationFailed;
  if (keyed) return new SetError("invalid_key", "the signature does not verify by a key of the transmitter", cause);
  if (OF_THE_TOKEN.some((type) => cause instanceof type))
    return new SetError("invalid_request", "the token is not a SET (RFC 8417)", cause);
  return cause;
}

const OF_THE_TOKEN = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSMultipleMatchingKeys,
];
