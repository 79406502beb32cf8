/**
 * A release: a publisher's statement which policy set is in force. A compact JWS of type `policy-release+jwt`. Releases
 * are numbered, so that an old one cannot come back; a rollback is a new release of an old set.
 */
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import * as v from "valibot";
import { readStrictJws, type UnverifiedJws } from "../trust/strict-jws.ts";
import { PolicyRefused } from "./refused.ts";

export const RELEASE_TYPE = "policy-release+jwt";

const Hash = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be base64url of a SHA-256"));

const Claims = v.variant("kind", [
  v.strictObject({
    /** The set that decides. */
    kind: v.literal("current"),
    seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
    set: Hash,
    iat: v.number(),
    note: v.optional(v.pipe(v.string(), v.maxLength(500))),
  }),
  v.strictObject({
    /** A candidate that is evaluated in shadow for a share of the requests; without a set, the candidate is removed. */
    kind: v.literal("shadow"),
    seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
    set: v.optional(Hash),
    share: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
    iat: v.number(),
    note: v.optional(v.pipe(v.string(), v.maxLength(500))),
  }),
]);

export type ReleaseClaims = v.InferOutput<typeof Claims>;
export type Release = ReleaseClaims & { readonly publisher: string };

/**
 * Reads a release that a publisher's key has signed.
 *
 * @param publishers JWK Set of the keys that may publish; undefined: none
 * @throws PolicyRefused, which says what is wrong and never quotes the release
 */
export async function readRelease(jws: string, publishers: JSONWebKeySet | undefined): Promise<Release> {
  if (publishers === undefined) throw new PolicyRefused("no publisher is trusted: set POLICY_KEYS");
  const { header, payload } = read(jws);
  await compactVerify(jws, createLocalJWKSet(publishers), { algorithms: ["EdDSA", "Ed25519"] }).catch(() => {
    throw new PolicyRefused("the release is not signed by a publisher's key");
  });
  if (header["typ"] !== RELEASE_TYPE) throw new PolicyRefused(`the release is not of type \`${RELEASE_TYPE}\``);
  const claims = v.safeParse(Claims, payload);
  if (!claims.success) throw new PolicyRefused(`the release is malformed: ${claims.issues[0].message}`);
  return { ...claims.output, publisher: typeof header["kid"] === "string" ? header["kid"] : "" };
}

function read(jws: string): UnverifiedJws {
  try {
    return readStrictJws(jws);
  } catch (cause) {
    throw new PolicyRefused("the release is not a JWS that every parser reads the same way", { cause });
  }
}
