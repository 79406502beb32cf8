/**
 * `max_denials`: how often a task, or a caller in all its tasks, may be denied within a time. Counted like the memory
 * of a day (memory.ts), in windows of the clock; one denial too many ends its task.
 */
import { answerableOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import type { HopError } from "../errors.ts";
import type { TaskPlace } from "../ledger/ledgers.ts";
import type { Rule } from "../rules.ts";
import type { VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

/** Rules that count: the caller asked for what it may not have. Requests for approval and outages do not count. */
const COUNTED: readonly Rule[] = [
  "policy_denied",
  "policy_failed",
  "scope_insufficient",
  "details_uncovered",
  "details_required",
  "plan_required",
  "plan_unknown",
];

/** Whether a denial by this rule counts. */
export function isShowingDenial(rule: Rule): boolean {
  return COUNTED.includes(rule);
}

/** @returns why the task ends, if this was one denial too many. Rejects if that cannot be known */
export async function tooManyDenials(
  { rule }: HopError,
  chain: VerifiedChain,
  { config, ledger, now }: Pick<Gateway, "config" | "ledger" | "now">,
): Promise<string | undefined> {
  const { max_denials: most } = config.gateway;
  if (most === undefined || !isShowingDenial(rule)) return undefined;
  const { seconds } = most;
  const caller = partyId(answerableOf(chain.actors));
  const window = Math.floor(now() / 1000 / seconds) * seconds;
  const count = async (who: string, name: string): Promise<number> => {
    const place: TaskPlace = { id: `denied ${who} ${window} ${name}`, began: window };
    const counted = await ledger.remember(
      place,
      { by: caller, add: { denials: 1 }, labels: [] },
      chain.presentation.id,
    );
    // A count that cannot grow any further is too high.
    return (counted.admitted && counted.memory.sums["denials"]) || Number.POSITIVE_INFINITY;
  };
  const [ofTask, ofCaller] = await Promise.all([
    most.task === undefined ? 0 : count("task", chain.task.id),
    most.caller === undefined ? 0 : count("caller", caller),
  ]);
  if (ofTask > (most.task ?? 0)) return `denied more than ${most.task} times within ${seconds} s`;
  if (ofCaller > (most.caller ?? 0)) return `its caller was denied more than ${most.caller} times within ${seconds} s`;
  return undefined;
}
