/**
 * Policies that fail to evaluate. Cedar skips them, including forbids, so a request whose numbers overflow, or that
 * omits an attribute, could disable the policy that forbids it. Here a forbid that fails denies; a permit that fails
 * permits nothing, as in Cedar. Pure.
 */
import type { Executable, Judgement } from "./evaluate.ts";

/** Forbids whose scope matches and whose condition cannot be evaluated. */
export function failedForbids({ failed }: Pick<Judgement, "failed">): readonly Executable[] {
  return failed.filter(({ effect }) => effect === "forbid");
}

/** The gateway's decision: Cedar's, except for forbids that fail. */
export function decisionOf(judgement: Judgement): Judgement["decision"] {
  return failedForbids(judgement).length > 0 ? "deny" : judgement.decision;
}

/** The policies that determine the gateway's decision. */
export function determiningOf(judgement: Judgement): readonly Executable[] {
  const failed = failedForbids(judgement);
  return failed.length > 0 ? failed : judgement.determining;
}
