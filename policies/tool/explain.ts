/**
 * Evaluates a recorded decision again with the same set, and says which conditions of which policies decided. The set
 * is compiled again from its source, and must be byte for byte the recorded one.
 */
import { joinedEntities } from "../../worker/policy/entities.ts";
import type { Environment } from "../../worker/policy/environment.ts";
import { judge, prepare } from "../../worker/policy/evaluate.ts";
import { compileExpression } from "../../worker/policy/expression.ts";
import { decisionOf, determiningOf } from "../../worker/policy/fail-closed.ts";
import type { CompiledDocument } from "../../worker/policy/format.ts";
import { EvaluationError } from "../../worker/policy/long.ts";
import { compileScope, type Subjects } from "../../worker/policy/scope.ts";
import { createUidTable } from "../../worker/policy/uid-table.ts";
import { keyOf, type Value } from "../../worker/policy/value.ts";
import type { Question } from "../../worker/types.ts";
import { cedar } from "./cedar.ts";
import { showLongs } from "./longs.ts";
import { makeDocument, type PolicySource } from "./source.ts";
import { splitPolicies } from "./split.ts";
import { findTemplate, toJson } from "./statement.ts";
import * as translate from "./translate.ts";

export interface ExplainedCondition {
  /** Cedar text of a part of a `when` or `unless` that contains no `&&`, `||` or `!`. */
  readonly text: string;
  /** Its value, or the error that it raised. */
  readonly result: string;
}

export interface ExplainedPolicy {
  readonly name: string;
  readonly effect: "permit" | "forbid";
  /**
   * "decided": one of the determining policies, including a forbid that failed. "failed": a permit that failed and was
   * skipped. "silent": its scope or conditions did not match.
   */
  readonly part: "decided" | "overruled" | "failed" | "silent";
  readonly inScope: boolean;
  readonly conditions: readonly ExplainedCondition[];
}

export interface Explanation {
  readonly decision: "allow" | "deny";
  readonly policies: readonly ExplainedPolicy[];
}

/** @throws Error if the source does not compile to the set of this hash */
export function explain(
  { request, entities }: Question,
  document: CompiledDocument,
  source: PolicySource,
  hash: string,
): Explanation {
  if (makeDocument({ ...source, entities: document.entities }).hash !== hash) {
    throw new Error(`the source does not compile to the set ${hash}: another version of the compiler published it`);
  }
  const all = joinedEntities(document.entities, entities);
  const judgement = judge(document.policies, request, all);
  const [decided, failed] = [determiningOf(judgement), judgement.failed].map((some) => some.map(({ id }) => id));
  const { env, subjects } = prepare(document.policies, request, all);
  const policies = policiesOf(source).map(({ id, json, values }): ExplainedPolicy => {
    const { inScope, conditions, applies } = judgePolicy(json, values, env, subjects);
    const part = decided?.includes(id) ? "decided" : failed?.includes(id) ? "failed" : applies ? "overruled" : "silent";
    return { name: json.annotations?.["id"] ?? id, effect: json.effect, part, inScope, conditions };
  });
  return { decision: decisionOf(judgement), policies };
}

interface SourcePolicy {
  readonly id: string;
  readonly json: cedar.PolicyJson;
  readonly values: translate.SlotValues;
}

function policiesOf({ cedarText, links }: PolicySource): SourcePolicy[] {
  const statements = splitPolicies(cedarText);
  const fixed = statements.filter(({ isTemplate }) => !isTemplate);
  return [
    ...fixed.map((statement) => ({ id: statement.id, json: toJson(statement), values: {} })),
    ...links.map(({ templateId, newId, values }) => {
      const json = toJson(findTemplate(statements, templateId) as Parameters<typeof toJson>[0]);
      return { id: newId, json: { ...json, annotations: { ...json.annotations, id: newId } }, values };
    }),
  ];
}

function judgePolicy(json: cedar.PolicyJson, values: translate.SlotValues, env: Environment, subjects: Subjects) {
  const table = translate.createUidTable();
  const compiled = translate.translatePolicy("", json, table, values);
  const inScope = compileScope(compiled, createUidTable(table.uids))(subjects);
  if (!inScope) return { inScope, conditions: [], applies: false };
  const conditions = json.conditions.flatMap(({ body }) => partsOf(body, env));
  const applies = json.conditions.every(({ kind, body }) => evaluateNow(body, env) === (kind === "when"));
  return { inScope, conditions, applies };
}

/**
 * The expressions that `&&`, `||` and `!` join, each with its value. As in Cedar, the right side is not evaluated if
 * the left side has decided.
 */
function partsOf(body: cedar.Expr, env: Environment, looked = true): ExplainedCondition[] {
  const [and, or] = ["&&" in body ? body["&&"] : undefined, "||" in body ? body["||"] : undefined];
  const pair = (and ?? or) as { left: cedar.Expr; right: cedar.Expr } | undefined;
  if (pair !== undefined) {
    const goesOn = looked && evaluateNow(pair.left, env) === (and !== undefined);
    return [...partsOf(pair.left, env, looked), ...partsOf(pair.right, env, goesOn)];
  }
  if ("!" in body) return partsOf((body["!"] as { arg: cedar.Expr }).arg, env, looked);
  return [looked ? evaluatePart(body, env) : { text: textOf(body), result: "not evaluated" }];
}

function evaluatePart(body: cedar.Expr, env: Environment): ExplainedCondition {
  const value = evaluateNow(body, env);
  return { text: textOf(body), result: value instanceof EvaluationError ? `error: ${value.message}` : wordOf(value) };
}

/** The value, or the error for which Cedar would skip the policy. */
function evaluateNow(body: cedar.Expr, env: Environment): Value | EvaluationError {
  const table = translate.createUidTable();
  const evaluate = compileExpression(translate.translateExpression(body, table), createUidTable(table.uids));
  try {
    return evaluate(env);
  } catch (error) {
    if (error instanceof EvaluationError) return error;
    throw error;
  }
}

function wordOf(value: Value): string {
  return typeof value === "object" ? keyOf(value) : String(value);
}

/** Formatted by Cedar, so that it looks as in the author's file. */
function textOf(body: cedar.Expr): string {
  const policy = {
    effect: "permit",
    principal: { op: "All" },
    action: { op: "All" },
    resource: { op: "All" },
  } as const;
  const answer = cedar.policyToText({ ...policy, conditions: [{ kind: "when", body }] });
  if (answer.type === "failure") return JSON.stringify(body);
  const [, inner = answer.text] = /when \{([\s\S]*)\};?\s*$/.exec(answer.text) ?? [];
  return showLongs(inner.trim().replaceAll(/\s+/g, " "));
}
