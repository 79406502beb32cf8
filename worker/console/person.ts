/** Who somebody at the console is: the same party, and the same names, as where a chain begins with their issuer. Pure. */
import type { Party } from "../chain/party.ts";
import { personKeys } from "../chain/revocation.ts";
import type { Authority } from "../chain/types.ts";
import type { Issuer } from "../config.ts";
import { mappedClaim } from "../trust/root.ts";
import type { Member } from "./member.ts";

/** @param claims of an ID token that was verified */
export function personOf(
  claims: { readonly iss: string; readonly sub: string; readonly [name: string]: unknown },
  issuers: readonly Issuer[],
): Party & { readonly names: Party[]; readonly sid?: string } {
  const { iss, sub, email, sid } = claims;
  const issuer = issuers.find((each) => each.issuer === iss);
  const mapped = mappedClaim(issuer, "subject", claims);
  const names = [mapped, typeof email === "string" ? email : undefined].filter((name) => name !== undefined);
  return { iss, sub, names: names.map((name) => ({ iss, sub: name })), ...(typeof sid === "string" && { sid }) };
}

/**
 * What a session at the console stands on: what ends the chains of a person ends their sessions.
 *
 * @param began seconds since the epoch: when the session began
 */
export function authorityOfPerson(
  { iss, sub, names, sid }: Member,
  began: number,
  issuers: readonly Issuer[],
): Authority {
  const domain = issuers.find((each) => each.issuer === iss)?.trust_domain;
  const known = [{ iss, sub }, ...names];
  // Chains know them under the trust domain too.
  const also = domain === undefined ? [] : known.map((name) => ({ iss: `spiffe://${domain}`, sub: name.sub }));
  return { keys: personKeys(iss, [...known, ...also], sid), issued: began };
}
