/** Parties: a name and who answers for it. Identities are compared only here. Pure. */

/** An authority and a name. Two parties are the same only if both agree. */
export interface Party {
  /** Who answers for the name: the issuer of a subject, the trust domain or the registry of a workload. */
  readonly iss: string;
  readonly sub: string;
}

export function isSameParty(a: Party, b: Party): boolean {
  return a.iss === b.iss && a.sub === b.sub;
}

/** No issuer, trust domain or host begins like this: none of them contains a space. */
const TOLD = "told by ";

/**
 * A name that only its delegator states. Its authority is not a real one, so that it never equals the party that owns
 * the name.
 *
 * @param by the delegator's id
 */
export function toldParty(by: string, name: string): Party {
  return { iss: TOLD + by, sub: name };
}

/** The issuer itself as a party, where it states something, such as the `txn` of a root. */
export function issuerParty(iss: string): Party {
  return { iss, sub: iss };
}

/**
 * Who answers for a workload's name, if the name says it: the trust domain of a SPIFFE ID, the origin of an https URL.
 *
 * @example
 * ```ts
 * authorityOfName("spiffe://acme.example/agents/support"); // "spiffe://acme.example"
 * authorityOfName("https://app.acme.example/v2"); // "https://app.acme.example"
 * authorityOfName("urn:acme:nightly"); // undefined
 * ```
 */
export function authorityOfName(name: string): string | undefined {
  return /^(?:spiffe:\/\/[a-z0-9._-]+|https:\/\/[a-z0-9.-]+(?::\d{1,5})?)(?=\/|$)/.exec(name)?.[0];
}

/**
 * A workload with a proven name, as a party.
 *
 * @param registry who answers for names that say no authority: the gateway's id
 */
export function workloadParty(name: string, registry: string): Party {
  return { iss: authorityOfName(name) ?? registry, sub: name };
}

/**
 * A party as one text, for policies, rates and lists: only the name if the name says its authority, else authority and
 * name. Neither an authority nor a name that is used alone contains a space, so no two known parties have the same
 * text. A told name has its delegator's id in front, and is marked everywhere: as a `ToldWorkload`, in `told`, in
 * lists.
 */
export function partyId({ iss, sub }: Party): string {
  if (authorityOfName(sub) === iss && !sub.includes(" ")) return sub;
  const authority = iss.startsWith(TOLD) ? iss.slice(TOLD.length) : iss;
  return `${authority.replaceAll("%", "%25").replaceAll(" ", "%20")} ${sub}`;
}

/**
 * The parties inside a name that an issuer has taken from another one, nearest first: `alice` of the identity provider,
 * in the partner's `https://idp.acme.example alice`.
 */
export function foreignParties({ sub }: Party): Party[] {
  const party = partyOfId(sub);
  return party === undefined || !/[^.:\s][.:]\S/.test(party.iss) ? [] : [party, ...foreignParties(party)];
}

/** The party of a `partyId` that begins with the authority. */
export function partyOfId(id: string): Party | undefined {
  const end = id.search(/\s/);
  const [iss, sub] = [id.slice(0, Math.max(end, 0)), id.slice(end + 1)];
  if (iss === "" || id[end] !== " " || sub === "") return undefined;
  return { iss: iss.replaceAll("%20", " ").replaceAll("%25", "%"), sub };
}

/** An e-mail address as a party: the same in upper or lower case and in either Unicode form. */
export function addressParty(iss: string, name: unknown): Party | undefined {
  if (typeof name !== "string" || !name.includes("@")) return undefined;
  return { iss, sub: name.toLowerCase().normalize("NFC") };
}
