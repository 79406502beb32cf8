/** The status list: how many places it has, and what stands behind one. */
import type { Authority } from "../chain/types.ts";

/** Places of the list: a place comes round again after a million tokens, long after its token has ended. */
export const PLACES = 2 ** 20;

export interface LiveStatus extends Authority {
  readonly place: number;
}
