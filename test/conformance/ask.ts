/** One question to Cedar and to our evaluator, answered in the same form. */
import { cedar } from "../../policies/tool/cedar.ts";
import { policySetOf } from "../../policies/tool/check.ts";
import { compilePolicies } from "../../policies/tool/compile.ts";
import { splitPolicies } from "../../policies/tool/split.ts";
import type { TemplateLink } from "../../policies/tool/statement.ts";
import { authorize } from "../../worker/policy/evaluate.ts";
import type { CompiledPolicies, EntityJson } from "../../worker/policy/format.ts";

export type Call = Omit<Parameters<typeof cedar.isAuthorized>[0], "policies" | "entities">;

export interface Answer {
  readonly decision: string;
  readonly reasons: string[];
  readonly errors: string[];
}

export function askCedar(
  cedarText: string,
  call: Call,
  entities: readonly EntityJson[],
  links: readonly TemplateLink[] = [],
): Answer {
  const answer = cedar.isAuthorized({
    ...call,
    policies: links.length === 0 ? { staticPolicies: cedarText } : policySetOf(splitPolicies(cedarText), links),
    entities: entities.map((entity) => ({ attrs: {}, parents: [], ...entity })) as unknown as Parameters<
      typeof cedar.isAuthorized
    >[0]["entities"],
  });
  if (answer.type === "failure") throw new Error(answer.errors.map(({ message }) => message).join("; "));
  const { decision, diagnostics } = answer.response;
  return {
    decision,
    reasons: [...diagnostics.reason].sort(),
    errors: diagnostics.errors.map(({ policyId }) => policyId).sort(),
  };
}

/** @param policies text, or what was compiled from it */
export function askOurs(policies: string | CompiledPolicies, call: Call, entities: readonly EntityJson[]): Answer {
  const { principal, action, resource, context } = call as unknown as Parameters<typeof authorize>[1];
  const { decision, reasons, errors } = authorize(
    typeof policies === "string" ? compilePolicies(policies) : policies,
    { principal, action, resource, context },
    entities,
  );
  return { decision, reasons: reasons.sort(), errors: errors.sort() };
}
