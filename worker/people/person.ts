/** A person who has signed in: the same party and names as in a chain that begins with their issuer. Pure. */
import * as v from "valibot";
import { personKeys } from "../chain/revocation.ts";
import type { Authority } from "../chain/types.ts";
import type { Issuer } from "../config.ts";
import { mappedClaim } from "../trust/root.ts";

export const PersonSchema = v.object({
  sub: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  iss: v.pipe(v.string(), v.minLength(1)),
  /** Other names by which the issuer knows the person: mapped claims, the e-mail address. */
  names: v.optional(v.array(v.object({ iss: v.string(), sub: v.string() })), []),
  /** The issuer's session in which they signed in. */
  sid: v.optional(v.string()),
  /** For people to read. */
  name: v.optional(v.string()),
});
export type Person = v.InferOutput<typeof PersonSchema>;

/** @param claims of an ID token that was verified */
export function personOf(
  claims: { readonly iss: string; readonly sub: string; readonly [name: string]: unknown },
  issuers: readonly Issuer[],
): Person {
  const { iss, sub, email, sid, name } = claims;
  const issuer = issuers.find((each) => each.issuer === iss);
  const mapped = mappedClaim(issuer, "subject", claims);
  const names = [mapped, typeof email === "string" ? email : undefined].filter((each) => each !== undefined);
  return {
    iss,
    sub,
    names: names.map((each) => ({ iss, sub: each })),
    ...(typeof sid === "string" && { sid }),
    ...(typeof name === "string" && { name }),
  };
}

/**
 * What a session of a person depends on: a revocation that ends their chains ends their sessions.
 *
 * @param began seconds since the epoch: when the session began
 */
export function authorityOfPerson(
  { iss, sub, names, sid }: Person,
  began: number,
  issuers: readonly Issuer[],
): Authority {
  const domain = issuers.find((each) => each.issuer === iss)?.trust_domain;
  const known = [{ iss, sub }, ...names];
  // Chains know them under the trust domain too.
  const also = domain === undefined ? [] : known.map((name) => ({ iss: `spiffe://${domain}`, sub: name.sub }));
  return { keys: personKeys(iss, [...known, ...also], sid), issued: began };
}
