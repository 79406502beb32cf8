/** A person who has signed in, named as in a chain that their provider begins. Pure. */
import type { IDToken } from "oauth4webapi";
import * as v from "valibot";
import { rootClaims } from "../../chain/provenance.ts";
import { lineageOfRoot } from "../../chain/revocation.ts";
import { readRoot } from "../../chain/root.ts";
import { RootClaimsSchema } from "../../chain/root-claims.ts";
import { subjectOf } from "../../chain/subject.ts";
import type { Issuer } from "../../config.ts";
import { HopError } from "../../errors.ts";
import { PersonSchema, personOf } from "../../people/person.ts";
import { SignInRefused } from "../../people/sign-in-state.ts";
import { brokenRequirement } from "../../trust/root.ts";

export const SignedInSchema = v.object({
  person: PersonSchema,
  subject: v.object({ iss: v.string(), sub: v.string() }),
  /** Hashes of every name whose revocation ends what they do. */
  lineage: v.array(v.string()),
  acr: v.optional(v.string()),
  auth_time: v.optional(v.number()),
  root_claims: v.optional(RootClaimsSchema),
  /** Path and query that they signed in for. */
  to: v.optional(v.string()),
  /** Seconds since the epoch. */
  began: v.number(),
});
export type SignedIn = v.InferOutput<typeof SignedInSchema>;

interface Reading {
  readonly issuers: readonly Issuer[];
  readonly gateway: string;
  /** Seconds since the epoch. */
  readonly now: number;
  sha256(bytes: Uint8Array): Uint8Array;
}

/**
 * @param claims of an ID token that was verified
 * @throws SignInRefused if the ID token lacks what the provider's entry in the configuration requires
 */
export function signedInAs(claims: IDToken, { issuers, gateway, now, sha256 }: Reading): SignedIn {
  const issuer = issuers.find((each) => each.issuer === claims.iss) ?? unlisted(claims.iss);
  const broken = brokenRequirement(issuer, claims);
  if (broken !== undefined) throw new SignInRefused(`\`${broken}\` is not as the configuration requires`);
  try {
    const root = readRoot(claims, issuer, gateway);
    const { party, ...names } = subjectOf(root);
    const { acr, auth_time: authTime } = claims;
    return {
      person: personOf(claims, issuers),
      subject: party,
      lineage: [...new Set(lineageOfRoot(root, names, sha256))],
      ...(typeof acr === "string" && { acr }),
      ...(typeof authTime === "number" && { auth_time: Math.min(authTime, now) }),
      ...rootClaims(root),
      began: now,
    };
  } catch (cause) {
    if (cause instanceof HopError) throw new SignInRefused(cause.message, { cause });
    throw cause;
  }
}

/** A provider that is only for sign-in: its tokens do not begin chains. */
function unlisted(issuer: string): Issuer {
  return {
    issuer,
    types: [],
    scope: [],
    refresh: 300,
    max_stale: 86_400,
    discovery: true,
    require: {},
    grants: false,
    scopes: {},
    claims: {},
    speaks_for: [],
    policy_claims: {},
  };
}
