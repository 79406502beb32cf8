/** `[[issuers]]`: the issuers that the gateway trusts to begin chains. */
import * as v from "valibot";
import { ROOT_TYPES } from "../../wasm/trust.ts";
import { address, isProtected, scopeToken, seconds } from "./fields.ts";
import { isPublic, NOT_PUBLIC } from "./public-key.ts";

export const Key = v.pipe(
  v.looseObject({
    kty: v.picklist(["OKP", "EC", "RSA", "AKP"], "must be OKP, EC, RSA or AKP"),
    kid: v.optional(v.string()),
  }),
  v.check((jwk) => isPublic(jwk), NOT_PUBLIC),
);

const namePattern = v.pipe(
  v.string(),
  v.regex(
    /^[\x21-\x29\x2b-\x7e]{1,1024}$|^[\x21-\x29\x2b-\x7e]{0,1023}[/:]\*$/,
    "must be a URI, or the beginning of one up to a `/` or `:`, and a `*`",
  ),
  // A `*` right after the scheme would match every name.
  v.check((pattern) => !/^[a-z]+:(\/\/)?\*$/.test(pattern), "must name an authority before the `*`"),
);

/** How long fetched keys are valid, for issuers and transmitters. */
export const KEY_LIFE = {
  /** Seconds after which a fetched key set is fetched again in the background. */
  refresh: v.optional(seconds(10, 86400), 300),
  /** Seconds after which fetched keys are no longer accepted while their publisher cannot be reached. */
  max_stale: v.optional(seconds(60, 30 * 86400), 86400),
} as const;

export const Issuer = v.pipe(
  v.strictObject({
    // A party's text is its authority, a space and its name (worker/chain/party.ts), so the authority must not contain
    // a space.
    issuer: v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(1024),
      v.check((issuer) => !/[\s\p{C}]/u.test(issuer), "must not contain white space or control characters"),
    ),
    types: v.optional(v.pipe(v.array(v.picklist(ROOT_TYPES)), v.minLength(1)), ["at+jwt"]),
    /** Scope of this issuer's tokens that have none. */
    scope: v.optional(v.array(scopeToken), []),
    jwks_uri: v.optional(address),
    keys: v.optional(v.pipe(v.array(Key), v.minLength(1))),
    /** Its keys are found by OpenID Connect discovery. */
    discovery: v.optional(v.boolean(), false),
    /** Bundle endpoint of a SPIFFE trust domain. */
    spiffe_bundle: v.optional(address),
    /** Subjects must be SPIFFE IDs of this trust domain. */
    trust_domain: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9._-]{1,255}$/, "must be a SPIFFE trust domain"))),
    /** Workloads that it may name as actors under their own authority; a `*` at the end matches any text. */
    speaks_for: v.optional(v.array(namePattern), []),
    /** Claims that its tokens must have, each with the accepted values; a `*` at the end matches any text. */
    require: v.optional(v.record(v.string(), v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))])), {}),
    /** Its authorization grants are accepted (RFC 7523; draft-ietf-oauth-identity-chaining). */
    grants: v.optional(v.boolean(), false),
    /** Maps its scopes to scopes here; others are dropped. For grants only. */
    scopes: v.optional(v.record(v.string(), scopeToken), {}),
    /** Claims for subject, actor and purpose, if they are not the usual ones. */
    claims: v.optional(
      v.strictObject({
        subject: v.optional(v.string()),
        actor: v.optional(v.string()),
        purpose: v.optional(v.string()),
      }),
      {},
    ),
    /** Claims of its tokens that policies see, by their types; each may be absent. */
    policy_claims: v.optional(v.record(v.string(), v.picklist(["string", "long", "bool", "strings"])), {}),
    ...KEY_LIFE,
  }),
  v.check(
    ({ keys, jwks_uri, discovery, spiffe_bundle }) =>
      [keys, jwks_uri, discovery || undefined, spiffe_bundle].filter((source) => source !== undefined).length === 1,
    "needs one of keys, jwks_uri, discovery and spiffe_bundle",
  ),
  v.check(
    ({ discovery, issuer }) => !discovery || (URL.canParse(issuer) && isProtected(new URL(issuer))),
    "must be an https address to be discovered",
  ),
);

export type Issuer = v.InferOutput<typeof Issuer>;

/** Policies see a claim with the same type from every issuer. */
export function hasOneType(issuers: readonly Pick<Issuer, "policy_claims">[]): boolean {
  const types = Map.groupBy(
    issuers.flatMap(({ policy_claims: claims }) => Object.entries(claims)),
    ([name]) => name,
  );
  return [...types.values()].every((all) => new Set(all.map(([, type]) => type)).size === 1);
}
