/** Who a task is for, and every name under which the issuer knows them. Pure. */

import { isSameParty, type Party, partyId } from "./party.ts";
import type { Root, SubjectNames } from "./types.ts";

/** Who a root is for. */
export interface Subject extends SubjectNames {
  readonly party: Party;
}

/**
 * The mapped claim where the issuer's entry names one, else `sub`, as whosever it is by `sub_id`; of the gateway's own token,
 * whom it was derived from.
 */
export function subjectOf({ claims, issuer, authority, mapped, own }: Root): Subject {
  const sub = claims["sub"] as string;
  if (own !== undefined)
    return { party: own.subject, names: [own.subject], email: emailOf(own.subject.iss, own.subject.sub) };
  const party = { iss: authority, sub: mapped.subject ?? nameOf(claims, issuer) };
  const other = [
    { iss: authority, sub },
    { iss: issuer, sub },
  ].filter((name) => !isSameParty(name, party));
  const names = [party, ...other];
  return { party, names, email: emailOf(issuer, claims["email"]) ?? emailOf(issuer, party.sub) };
}

/** Two spellings of an address that differ in case are one person's. */
function emailOf(iss: string, value: unknown): Party | undefined {
  return typeof value === "string" && value.includes("@") ? { iss, sub: value.toLowerCase() } : undefined;
}

/** The subject as the issuer names them; whom it has from another issuer (RFC 9493, section 3.2.4) under that issuer's name. */
function nameOf({ sub, sub_id: identifier }: Root["claims"], issuer: string): string {
  const { format, iss, sub: name } = (identifier ?? {}) as { format?: unknown; iss?: unknown; sub?: unknown };
  const foreign = format === "iss_sub" && typeof iss === "string" && typeof name === "string" && iss !== issuer;
  return foreign ? partyId({ iss, sub: name }) : (sub as string);
}
