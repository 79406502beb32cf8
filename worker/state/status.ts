/** The status list: how many places it has, and what stands behind one. */

/** Places of the list: a place comes round again after a million tokens, long after its token has ended. */
export const PLACES = 2 ** 20;

export interface LiveStatus {
  readonly place: number;
  /** Keys of which any ends the token (worker/chain/revocation.ts). */
  readonly keys: readonly string[];
}
