/** An access review: whoever answers for a workload says that it is still needed, how far, or that it ends. Pure. */
import { isInForce, type Workload } from "../chain/names/workload.ts";
import type { Member } from "./member.ts";

export const REVIEWED = ["confirm", "narrow", "end"] as const;
export type Reviewed = (typeof REVIEWED)[number];

const DAY_MS = 86_400_000;

/** The owner of a registration is a group: its members answer for the workload. */
export function answersFor({ groups }: Pick<Member, "groups">, { owner }: Pick<Workload, "owner">): boolean {
  return groups.includes(owner);
}

/** What nobody has confirmed in time has ended: it takes whoever administers the registry to begin it again. */
export function canReview(workload: Workload, now: number): boolean {
  return isInForce(workload, now);
}

/**
 * The registration after its review.
 *
 * @param used actions that the ledger has seen it do
 * @param now milliseconds since the epoch
 * @param days until it must be confirmed again
 */
export function reviewed(
  workload: Workload,
  said: Reviewed,
  { used, now, days }: { readonly used: readonly string[]; readonly now: number; readonly days: number },
): Workload {
  if (said === "end") return { ...workload, disabled: true };
  const confirmed = { ...workload, review_by: new Date(now + days * DAY_MS).toISOString() };
  if (said === "confirm") return confirmed;
  // What was narrowed before is never widened by a review.
  const actions = used.filter((action) => workload.actions?.includes(action) ?? true);
  return { ...confirmed, actions };
}
