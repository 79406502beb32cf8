/** Whether a message that could not be opened can be opened later. */
import { HopgateError } from "./errors.ts";

/**
 * Rules whose result may change with time, or through people or the consumer's operator: the message itself is not
 * wrong.
 */
const PASSING = [
  ...["approval_required", "approval_pending", "dead_letter_undecided"],
  ...["route_unknown", "route_elsewhere", "misdirected_request", "proof_stale"],
];

/** An answer without a rule is from a proxy in between. Pure. */
export function isFinal(error: unknown): error is HopgateError {
  if (!(error instanceof HopgateError)) return false;
  const { code, refusal } = error;
  if (code === "refused") return refusal?.rule !== undefined && !PASSING.includes(refusal.rule);
  return code === "chain_malformed" || code === "message_malformed";
}
