/** Cedar text to the compiled form that the Worker evaluates. */

import { executables } from "../../worker/policy/evaluate.ts";
import {
  type CompiledPolicies,
  type CompiledPolicy,
  type EntityJson,
  FORMAT_VERSION,
} from "../../worker/policy/format.ts";
import { CedarError, cedar, problemIn } from "./cedar.ts";
import { checkPolicies } from "./check.ts";
import { hideLongs, restoreLongs } from "./longs.ts";

/**
 * Compiles a policy set.
 *
 * @param cedarText static policies; ids are Cedar's (`policy0`, ...), an `@id` stays an annotation
 * @param schemaText where given, the policies are validated against it first, and its actions become known
 * @throws CedarError where Cedar refuses the text or the schema refuses a policy
 * @throws UnsupportedExpression where a policy uses what the Worker does not evaluate
 */
export function compilePolicies(cedarText: string, schemaText?: string): CompiledPolicies {
  const errors = checkPolicies(cedarText, schemaText).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new CedarError(errors);
  const compiled: CompiledPolicies = {
    version: FORMAT_VERSION,
    policies: splitPolicies(cedarText).map(({ id, text }) => toCompiled(id, text)),
    actions: schemaText === undefined ? [] : actionsOf(schemaText),
  };
  executables(compiled);
  return compiled;
}

/** The policies one by one, in the order of their numbers. Cedar returns them sorted by id as text. */
function splitPolicies(cedarText: string): { id: string; text: string }[] {
  const parts = cedar.policySetTextToParts(cedarText);
  if (parts.type === "failure") throw new CedarError(parts.errors.map((error) => problemIn(cedarText, error)));
  if (parts.policy_templates.length > 0) {
    throw new CedarError([{ severity: "error", message: "templates are not supported yet" }]);
  }
  const ids = parts.policies.map((_, index) => `policy${index}`);
  const sorted = [...ids].sort();
  const texts = new Map(sorted.map((id, index) => [id, parts.policies[index] as string]));
  return ids.map((id) => ({ id, text: texts.get(id) as string }));
}

function toCompiled(id: string, text: string): CompiledPolicy {
  const answer = cedar.policyToJson(hideLongs(text));
  if (answer.type === "failure") throw new CedarError(answer.errors.map((error) => problemIn(text, error)));
  const { effect, principal, action, resource, annotations = {} } = answer.json;
  const conditions = restoreLongs(answer.json.conditions);
  return { id, effect, principal, action, resource, conditions, annotations } as CompiledPolicy;
}

/** The schema's actions as entities, each in its groups. */
function actionsOf(schemaText: string): EntityJson[] {
  const answer = cedar.schemaToJson(schemaText);
  if (answer.type === "failure") throw new CedarError(answer.errors.map((error) => problemIn(schemaText, error)));
  return Object.entries(answer.json).flatMap(([namespace, { actions }]) => {
    const type = namespace === "" ? "Action" : `${namespace}::Action`;
    return Object.entries(actions).map(([id, { memberOf }]) => ({
      uid: { type, id },
      parents: (memberOf ?? []).map((group) => ({ type: group.type ?? type, id: group.id })),
    }));
  });
}
