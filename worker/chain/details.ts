/** What a chain grants by `authorization_details` (RFC 9396). Pure. */
import type { ChainFacts } from "./types.ts";

export type Detail = Readonly<Record<string, unknown>>;

/**
 * From hop to hop details only become fewer, each equal to one of the parent's (the core ensures that), so the last
 * hop's details are within those of every hop. Once a hop has details, a later hop without them grants none.
 *
 * @returns undefined if no hop has any: then details do not limit the chain
 */
export function grantedDetails(hops: ChainFacts["hops"]): readonly Detail[] | undefined {
  if (!hops.some(({ claims }) => claims["authorization_details"] !== undefined)) return undefined;
  return (hops.at(-1)?.claims["authorization_details"] ?? []) as readonly Detail[];
}
