/** What a chain grants by `authorization_details` (RFC 9396). Pure. */
import type { ChainFacts } from "./types.ts";

export type Detail = Readonly<Record<string, unknown>>;

/**
 * Details only get fewer from hop to hop, each equal to one of its parent's (the core sees to that), so those of the last hop are
 * within those of all. Once a hop has some, a later one without grants none.
 *
 * @returns undefined where no hop has any: then the chain is not limited by details
 */
export function grantedDetails(hops: ChainFacts["hops"]): readonly Detail[] | undefined {
  if (!hops.some(({ claims }) => claims["authorization_details"] !== undefined)) return undefined;
  return (hops.at(-1)?.claims["authorization_details"] ?? []) as readonly Detail[];
}
