/** A person's own account at a vendor as the credential of a request for that person. */
import type { Party } from "../chain/party.ts";
import { HopError } from "../errors.ts";
import { available } from "./available.ts";
import type { Grants, Usable } from "./grant.ts";

export interface PersonEdges {
  /** The vault of a person. */
  grantsOf(subject: Party): Grants;
  /** The link to connect an account; undefined if the gateway has no key to sign with. */
  connectUri(vendor: string, subject: Party): Promise<string | undefined>;
}

/**
 * Checks that there is an account, before a request without one would use up anything.
 *
 * @throws HopError `account_unconnected`, `credential_unavailable`
 */
export async function requireAccount(vendor: string, subject: Party, edges: PersonEdges): Promise<void> {
  const has = await available(edges.grantsOf(subject).has(subject, vendor));
  if (!has) throw await unconnected(vendor, subject, edges);
}

/** @throws HopError `account_unconnected`, `credential_unavailable` */
export async function accountToken(vendor: string, subject: Party, edges: PersonEdges): Promise<Usable> {
  const usable = await available(edges.grantsOf(subject).use(subject, vendor));
  if (usable === undefined) throw await unconnected(vendor, subject, edges);
  return usable;
}

async function unconnected(vendor: string, subject: Party, edges: PersonEdges): Promise<HopError> {
  const uri = await edges.connectUri(vendor, subject);
  return new HopError("account_unconnected", uri === undefined ? {} : { challenge: { connect: { vendor, uri } } });
}
