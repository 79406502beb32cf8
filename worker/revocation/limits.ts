/** How far a revocation reaches: everything, or only what was issued until now. Pure. */
import { type RevocationKind, type RevocationName, refusedFor } from "./name.ts";

/** Without either it is permanent. */
export interface RevocationLimits {
  /** Seconds since the epoch: only what was issued then or earlier is revoked. */
  readonly before?: number;
  /** Seconds since the epoch: when everything that it could end has expired. */
  readonly until?: number;
}

/**
 * Kinds of names under which something can be issued later. A token or a hop is issued once, and a task that was ended
 * can be reopened.
 */
const KINDS = ["issuer", "subject", "session", "actor", "client"] as const satisfies readonly RevocationKind[];

export type EarlierKind = (typeof KINDS)[number];

export function canBeEarlier(kind: RevocationKind): kind is EarlierKind {
  return KINDS.some((each) => each === kind);
}

/**
 * The limits of a revocation that is made now.
 *
 * @param earlier whether only what was issued until now is revoked
 * @param now milliseconds since the epoch
 * @param skew seconds by which clocks may differ: a clock that is ahead must not save a token
 * @throws RevocationRefused if `earlier` makes no difference for this kind of name
 */
export function limitsOf({ kind }: RevocationName, earlier: boolean, now: number, skew: number): RevocationLimits {
  if (!earlier) return {};
  if (canBeEarlier(kind)) return { before: Math.floor(now / 1000) + skew };
  const problem = `does not apply to a ${kind}, only to ${KINDS.join(", ")}`;
  throw refusedFor([{ field: "earlier", problem }]);
}
