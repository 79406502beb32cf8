/** Compiles Cedar text to the form that the Worker evaluates. */
import { executables } from "../../worker/policy/evaluate.ts";
import {
  type CompiledPolicies,
  type CompiledPolicy,
  type EntityJson,
  FORMAT_VERSION,
} from "../../worker/policy/format.ts";
import { contextPaths, type MemoryOwner, memoryAt } from "../../worker/policy/memory.ts";
import { indexPolicies } from "../../worker/policy/policy-index.ts";
import { annotatedNames } from "../../worker/policy/remember.ts";
import { CedarError, cedar, problemIn } from "./cedar.ts";
import { checkPolicies } from "./check.ts";
import { type Statement, splitPolicies } from "./split.ts";
import { findTemplate, type TemplateLink, toJson } from "./statement.ts";
import { createUidTable, translatePolicy, type UidTable } from "./translate.ts";

/**
 * Compiles a policy set.
 *
 * @param cedarText policies and templates; ids are Cedar's (`policy0`, ...), an `@id` stays an annotation
 * @param schemaText if given, the policies are validated against it first, and its actions are included
 * @param links what the templates are linked to; a template without a link decides nothing
 * @throws CedarError if Cedar refuses the text or the schema refuses a policy
 * @throws UnsupportedExpression if a policy uses something that the Worker cannot evaluate
 */
export function compilePolicies(
  cedarText: string,
  schemaText?: string,
  links: readonly TemplateLink[] = [],
): CompiledPolicies {
  const errors = checkPolicies(cedarText, schemaText, links).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new CedarError(errors);
  const table = createUidTable();
  const statements = splitPolicies(cedarText);
  const policies = [
    ...statements.filter(({ isTemplate }) => !isTemplate).map((statement) => compileStatement(statement, table)),
    ...links.map((link) => compileLink(link, statements, table)),
  ];
  const compiled: CompiledPolicies = {
    version: FORMAT_VERSION,
    operators: [...new Set(policies.flatMap(({ condition }) => operatorsOf(condition)))].sort(),
    uids: table.uids,
    policies: policies.map((policy) => JSON.stringify(policy)).join("\n"),
    index: indexPolicies(policies, table.uids),
    ...memoryOf(policies),
    actions: schemaText === undefined ? [] : actionsOf(schemaText),
  };
  executables(compiled);
  return compiled;
}

function operatorsOf(expression: unknown): string[] {
  if (!Array.isArray(expression)) return [];
  const [operator, ...operands] = expression as [string, ...unknown[]];
  return [operator, ...operands.flatMap(operatorsOf)];
}

/** The names of the memory in conditions and annotations of the policies. */
function memoryOf(policies: readonly CompiledPolicy[]): Pick<CompiledPolicies, "memory"> {
  const named = policies.flatMap(({ condition, annotations }) => [
    ...contextPaths(condition).flatMap((path) => memoryAt(path) ?? []),
    ...annotatedNames(annotations),
  ]);
  if (named.length === 0) return {};
  const namesOf = (owner: MemoryOwner): string[] =>
    [...new Set(named.filter((each) => each.owner === owner).map(({ name }) => name))].sort();
  return { memory: { task: namesOf("task"), caller: namesOf("caller"), subject: namesOf("subject") } };
}

function compileStatement(statement: Statement, table: UidTable): CompiledPolicy {
  return translatePolicy(statement.id, toJson(statement), table);
}

function compileLink({ templateId, newId, values }: TemplateLink, statements: Statement[], table: UidTable) {
  const template = findTemplate(statements, templateId) as Statement;
  return translatePolicy(newId, toJson(template), table, values);
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
