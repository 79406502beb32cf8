/** Compares a candidate set with the one that decides. Pure. */
import type { Question } from "../types.ts";
import { type Judgement, judge } from "./evaluate.ts";
import { decisionOf, determiningOf } from "./fail-closed.ts";
import type { Candidate } from "./load.ts";
import { rememberNothing } from "./memory.ts";

/** One set's answer, with policies by `@id`. */
export interface Answer {
  readonly decision: Judgement["decision"];
  readonly policies: readonly string[];
  readonly errors: readonly string[];
}

export interface Difference {
  readonly current: Answer;
  readonly candidate: Answer;
}

/** Undefined if both sets decide the same, for the same reasons and with the same failures. */
export function compareWith(
  { policies, entities: known }: Candidate,
  { request, entities }: Question,
  judgement: Judgement,
): Difference | undefined {
  const current = answerOf(judgement);
  // Names that only the candidate uses have no memory yet.
  const context = rememberNothing(request.context, policies.memory);
  const candidate = answerOf(judge(policies, { ...request, context }, entities, known));
  const same = JSON.stringify(current) === JSON.stringify(candidate);
  return same ? undefined : { current, candidate };
}

export function answerOf(judgement: Judgement): Answer {
  const name = ({ id, annotations }: Judgement["determining"][number]): string => annotations["id"] ?? id;
  return {
    decision: decisionOf(judgement),
    policies: determiningOf(judgement).map(name).sort(),
    errors: judgement.failed.map(name).sort(),
  };
}
