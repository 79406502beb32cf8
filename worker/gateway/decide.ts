/**
 * Stage 3: may this chain do this. The Cedar policies judge the whole chain; what the determining policies say beyond
 * yes or no becomes an obligation or a challenge.
 */
import { HopError } from "../errors.ts";
import { type Executable, type Judgement, judge } from "../policy/evaluate.ts";
import type { LoadedPolicies } from "../policy/load.ts";
import type { Decision, Question, VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { combineForbids, combinePermits } from "./obligations.ts";
import { questionOf } from "./question.ts";

type Deciding = Pick<Gateway, "policies" | "compare" | "now">;

/** @throws HopError `scope_insufficient`, `policies_unavailable`, `policy_denied`, `step_up_required`, `approval_required` */
export async function decide(chain: VerifiedChain, gateway: Deciding): Promise<Decision> {
  requireScopes(chain);
  const current = await gateway.policies();
  if (current === undefined) throw new HopError("policies_unavailable", { evidence: { chain } });
  const question = questionOf(chain, gateway.now());
  const judgement = ask(question, current);
  gateway.compare(chain, question, judgement);
  return conclude(chain, question, judgement, current.hash);
}

function requireScopes(chain: VerifiedChain): void {
  const { route, method } = chain.presentation;
  const scopes = route.methods[method]?.scopes ?? [];
  if (scopes.every((scope) => chain.scopes.includes(scope))) return;
  throw new HopError("scope_insufficient", { challenge: { scopes }, evidence: { chain } });
}

/** Pure: the same question and set give the same judgement. */
export function ask({ request, entities }: Question, { policies, entities: known }: LoadedPolicies): Judgement {
  return judge(policies, request, entities, known);
}

function conclude(chain: VerifiedChain, question: Question, judgement: Judgement, policySet: string): Decision {
  const { decision, determining, failed } = judgement;
  const outcome = { policies: determining.map(nameOf), policySet, errors: failed.map(nameOf), question };
  if (decision === "allow") return { chain, ...outcome, obligations: combinePermits(determining) };
  const { rule, challenge } = combineForbids(determining);
  throw new HopError(rule, { challenge, evidence: { chain, decision: outcome } });
}

/** `@id` where there is one. */
export function nameOf({ id, annotations }: Executable): string {
  return annotations["id"] ?? id;
}
