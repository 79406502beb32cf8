/** The subject of a task, and every name under which the issuer knows them. Pure. */

import { addressParty, foreignParties, isSameParty, type Party, partyId, partyOfId, toldParty } from "./party.ts";
import type { ChainFacts, Root, SubjectNames } from "./types.ts";

/** The subject of a root. */
export interface Subject extends SubjectNames {
  readonly party: Party;
}

/**
 * The mapped claim if the issuer's entry names one, else `sub`, with the issuer of `sub_id`; for the gateway's own
 * token, the subject that it was derived from.
 */
export function subjectOf({ claims, issuer, authority, mapped, own }: Root): Subject {
  if (own !== undefined) {
    const { iss, sub } = own.subject;
    return { party: own.subject, names: [own.subject, ...foreignParties(own.subject)], email: addressParty(iss, sub) };
  }
  const sub = claims["sub"] as string;
  const foreign = foreignName(claims, issuer);
  const party = { iss: authority, sub: mapped.subject ?? (foreign === undefined ? sub : partyId(foreign)) };
  const others = [
    { iss: authority, sub },
    { iss: issuer, sub },
    // A subject that a partner has from us still counts as ours for four eyes and for revocation.
    ...(foreign === undefined ? [] : [foreign, ...foreignParties(foreign)]),
    ...foreignParties(party),
  ];
  const names = [party, ...others.filter((name) => !isSameParty(name, party))];
  return { party, names, email: addressParty(issuer, claims["email"]) ?? addressParty(issuer, party.sub) };
}

/**
 * A subject that a client of the gateway states itself (docs/oauth.md). Its name says who states it, so that it never
 * equals another authority's party of the same name.
 *
 * @param name without spaces
 */
export function statedSubject(by: Party, name: string, gateway: string): Party {
  return { iss: gateway, sub: partyId(toldParty(partyId(by), name)) };
}

/** Id of the client that states the subject; undefined if an issuer answers for the subject. */
export function staterOf({ subject, root }: Pick<ChainFacts, "subject" | "root">): string | undefined {
  // No other name that the gateway answers for contains a space.
  return root.own !== undefined && subject.iss === root.issuer ? partyOfId(subject.sub)?.iss : undefined;
}

/**
 * The id by which rates and the memory of a day count a subject. A subject that a client states counts as that client,
 * as a child counts as its delegator, because the client can state any number of them.
 */
export function countedSubject(facts: Pick<ChainFacts, "subject" | "root">): string {
  return staterOf(facts) ?? partyId(facts.subject);
}

/** The subject as another issuer names them, from which their own issuer has them (RFC 9493, section 3.2.4). */
function foreignName({ sub_id: identifier }: Root["claims"], issuer: string): Party | undefined {
  const { format, iss, sub } = (identifier ?? {}) as { format?: unknown; iss?: unknown; sub?: unknown };
  const foreign = format === "iss_sub" && typeof iss === "string" && typeof sub === "string" && iss !== issuer;
  return foreign ? { iss, sub } : undefined;
}
