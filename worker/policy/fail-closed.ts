/**
 * What the gateway makes of policies that fail to evaluate. Cedar skips them, forbids too, so a request whose numbers
 * overflow, or that leaves an attribute out, could switch off what forbids it. Here a forbid that fails denies; a permit that
 * fails permits nothing, as in Cedar. Pure.
 */
import type { Executable, Judgement } from "./evaluate.ts";

/** Forbids whose scope holds and whose condition cannot be evaluated. */
export function failedForbids({ failed }: Pick<Judgement, "failed">): readonly Executable[] {
  return failed.filter(({ effect }) => effect === "forbid");
}

/** The gateway's decision: Cedar's, but for forbids that fail. */
export function decisionOf(judgement: Judgement): Judgement["decision"] {
  return failedForbids(judgement).length > 0 ? "deny" : judgement.decision;
}

/** The policies that the gateway's decision rests on. */
export function determiningOf(judgement: Judgement): readonly Executable[] {
  const failed = failedForbids(judgement);
  return failed.length > 0 ? failed : judgement.determining;
}
