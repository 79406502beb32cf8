/**
 * Whether a partly known request could be allowed: the policies are evaluated with the rest unknown, by the same
 * evaluator that decides. It errs on one side only: a request that it calls impossible is refused whatever the rest is,
 * except for policies that fail. Pure.
 */
import type { AuthorizationRequest } from "../types.ts";
import { applies, candidatesOf, type Executable, prepare } from "./evaluate.ts";
import type { CompiledPolicies, EntityJson } from "./format.ts";
import { EvaluationError } from "./long.ts";
import { UNKNOWN_REST, UnknownValue } from "./value.ts";

/** A record in Cedar's JSON form with these attributes and unknown others. */
export function partlyKnown(known: Readonly<Record<string, unknown>>): object {
  return { ...known, [UNKNOWN_REST]: true };
}

/** @param helps whether a forbid can be overridden, so that it need not prevent the request */
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
