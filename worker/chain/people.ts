/** The persons of a chain: an approver must not be one of them (docs/console.md, four eyes). Pure. */

import { authorityOfName, foreignParties, isSameParty, type Party } from "./party.ts";
import { personDigests } from "./revocation.ts";
import type { Actor, ChainFacts } from "./types.ts";

export interface People {
  /** Digests of every name of subject and actors, through exchanges. */
  readonly people: string[];
  /** The issuers of those of them who may be persons. */
  readonly issuers: string[];
}

type Facts = Pick<ChainFacts, "subject" | "subjectNames" | "actors" | "root">;

export function peopleOf(facts: Facts, sha256: (bytes: Uint8Array) => Uint8Array): People {
  const { subject, subjectNames, actors, root } = facts;
  const { names, email } = subjectNames;
  const acting = actors.flatMap(namesOf);
  const lineage = root.own === undefined ? [] : (root.claims["lineage"] as string[]);
  const subjects = isWorkload(facts) ? [] : names.filter(({ iss }) => iss === subject.iss || iss !== root.issuer);
  const persons = [...subjects, ...actors.filter(mayBePerson).flatMap(namesOf)];
  return {
    people: [...personDigests([...names, ...(email === undefined ? [] : [email]), ...acting], sha256), ...lineage],
    issuers: [...new Set(persons.map(({ iss }) => iss))],
  };
}

function namesOf(actor: Actor): Party[] {
  return [actor, ...foreignParties(actor)];
}

/**
 * A subject that is also the chain's first actor, and that a registry or trust domain knows: an issuer's statement is
 * not enough.
 */
function isWorkload({ subject, actors, root }: Facts): boolean {
  const [origin] = actors;
  const known = !["stated", "told"].includes(origin.proof) || root.authority.startsWith("spiffe://");
  return known && isSameParty(subject, origin);
}

/** A party that only an issuer states, with a name that says no authority, may be one of its people. */
function mayBePerson({ iss, sub, proof }: Actor): boolean {
  return proof === "stated" && authorityOfName(sub) !== iss;
}
