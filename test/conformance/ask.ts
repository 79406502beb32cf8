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

/**
 * What Cedar has read, by the names under which it keeps them: it reads no text again for the next question about it.
 */
const read = new Map<string, unknown>();

/** @returns the name */
function keep<T>(name: string, text: T, parse: (name: string, text: T) => { readonly type: string }): string {
  if (read.get(name) !== text) {
    if (parse(name, text).type === "failure") throw new Error(`Cedar reads no ${name} in ${text}`);
    read.set(name, text);
  }
  return name;
}

export function askCedar(
  cedarText: string,
  { schema, ...call }: Call,
  given: readonly EntityJson[],
  links: readonly TemplateLink[] = [],
): Answer {
  const entities = given.map((entity) => ({ attrs: {}, parents: [], ...entity })) as unknown as Parameters<
    typeof cedar.isAuthorized
  >[0]["entities"];
  const answer =
    links.length === 0
      ? cedar.statefulIsAuthorized({
          ...call,
          entities,
          preparsedPolicySetId: keep("policies", cedarText, (name, staticPolicies) =>
            cedar.preparsePolicySet(name, { staticPolicies }),
          ),
          ...(schema != null && { preparsedSchemaName: keep("schema", schema, cedar.preparseSchema) }),
        })
      : cedar.isAuthorized({
          ...call,
          ...(schema != null && { schema }),
          entities,
          policies: policySetOf(splitPolicies(cedarText), links),
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
