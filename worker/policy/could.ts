/**
 * Whether a request could be allowed of which not everything is known: the policies are asked with the rest open, by the evaluator
 * that decides. "Could" is wrong to one side alone: what is said to be impossible is refused whatever the rest turns out to be,
 * but for policies that fail. Pure.
 */
import type { AuthorizationRequest } from "../types.ts";
import { applies, candidatesOf, type Executable, prepare } from "./evaluate.ts";
import type { CompiledPolicies, EntityJson } from "./format.ts";
import { EvaluationError } from "./long.ts";
import { UNKNOWN_REST, UnknownValue } from "./value.ts";

/** A record in Cedar's JSON form that holds this, and nobody knows what else. */
export function partlyKnown(known: Readonly<Record<string, unknown>>): object {
  return { ...known, [UNKNOWN_REST]: true };
}

/** @param helps whether a forbid can be answered, so that it need not prevent the request */
export function couldAllow(
  compiled: CompiledPolicies,
  request: AuthorizationRequest,
  entities: readonly EntityJson[],
  known: readonly EntityJson[],
  helps: (forbid: Executable) => boolean,
): boolean {
  const { env, subjects } = prepare(compiled, request, entities, known);
  let isPermitted = false;
  for (const policy of candidatesOf(compiled, subjects)) {
    const answer = answerOf(() => applies(policy, subjects, env));
    if (policy.effect === "permit") isPermitted ||= answer === true || answer === "unknown";
    // A forbid that fails denies (policy/fail-closed.ts).
    else if (answer === "failed" || (answer === true && !helps(policy))) return false;
  }
  return isPermitted;
}

function answerOf(ask: () => boolean): boolean | "unknown" | "failed" {
  try {
    return ask();
  } catch (error) {
    if (error instanceof UnknownValue) return "unknown";
    if (error instanceof EvaluationError) return "failed";
    throw error;
  }
}
