/** Whether a message that could not be opened can be opened later. */
import { HopgateError } from "./errors.ts";

/** Rules whose result may change with time, by people or by the operator of the consumer: the message is not at fault. */
const PASSING = [
  ...["approval_required", "approval_pending", "dead_letter_undecided"],
  ...["route_unknown", "route_elsewhere", "misdirected_request", "proof_stale"],
];

/** An answer without a rule is not a gateway's: of a proxy that is in between. Pure. */
export function isFinal(error: unknown): error is HopgateError {
  if (!(error instanceof HopgateError)) return false;
  const { code, refusal } = error;
  if (code === "refused") return refusal?.rule !== undefined && !PASSING.includes(refusal.rule);
  return code === "chain_malformed" || code === "message_malformed";
}
