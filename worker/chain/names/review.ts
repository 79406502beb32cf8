/** The effect of an access review on a registration: its owner confirms, narrows or ends it. Pure. */
import type { Workload } from "./workload.ts";

export const REVIEWED = ["confirm", "narrow", "end"] as const;

export interface Review {
  readonly said: (typeof REVIEWED)[number];
  /** The workload's owner as the reviewer saw it: if the owner has changed, the review does not count. */
  readonly owner: string;
  /** Actions that the ledger has seen it do. */
  readonly used: readonly string[];
  /** ISO 8601: when it must be confirmed again. */
  readonly until: string;
}

export function reviewed(workload: Workload, { said, used, until }: Review): Workload {
  if (said === "end") return { ...workload, disabled: true };
  const confirmed = { ...workload, review_by: until };
  if (said === "confirm") return confirmed;
  // A review never widens what was narrowed before.
  const actions = used.filter((action) => workload.actions?.includes(action) ?? true);
  return { ...confirmed, actions };
}
