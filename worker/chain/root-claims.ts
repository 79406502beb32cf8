/** Claims of a root that policies see, by the types that its issuer's entry gives them (docs/policies.md). Pure. */
import * as v from "valibot";
import type { Issuer } from "../config.ts";

/** By the name that the configuration gives each type. */
const TYPES = {
  string: v.string(),
  long: v.pipe(v.number(), v.safeInteger()),
  bool: v.boolean(),
  strings: v.array(v.string()),
} as const;

export const RootClaimsSchema = v.record(v.string(), v.union(Object.values(TYPES)));
export type RootClaims = Readonly<v.InferOutput<typeof RootClaimsSchema>>;

type Entry = Pick<Issuer, "policy_claims">;
type Claims = Readonly<Record<string, unknown>>;

/** Names and types of the claims that the root has. */
function present({ policy_claims: types }: Entry, claims: Claims): [string, keyof typeof TYPES][] {
  return Object.entries(types).filter(([name]) => Object.hasOwn(claims, name));
}

/** The claim whose type is not the one in the entry: policies written for that type would fail on it, or skip it. */
export function mistypedClaim(issuer: Entry, claims: Claims): string | undefined {
  return present(issuer, claims).find(([name, type]) => !v.is(TYPES[type], claims[name]))?.[0];
}

/** The claims of a root in which every type is right. */
export function policyClaims(issuer: Entry, claims: Claims): RootClaims {
  return Object.fromEntries(present(issuer, claims).map(([name]) => [name, claims[name]])) as RootClaims;
}

/** The claims that a token of this gateway has from its own root; undefined if the token is not ours. */
export function ownPolicyClaims(value: unknown = {}): RootClaims | undefined {
  const claims = v.safeParse(RootClaimsSchema, value);
  return claims.success ? claims.output : undefined;
}
