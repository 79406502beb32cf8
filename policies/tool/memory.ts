/**
 * Checks annotations of memory against the schema. For Cedar `@add`, `@count` and `@label` are not expressions, so each
 * is turned into one and validated with the scope and the conditions of its policy.
 */
import { type Adding, rememberingOf, Unremembered } from "../../worker/policy/remember.ts";
import type { Statement } from "./split.ts";
import { toJson } from "./statement.ts";

/** The annotations of memory, which belong to permits. */
export const REMEMBERING = ["add", "count", "label"] as const;
type Annotation = (typeof REMEMBERING)[number];

/** @returns what is wrong with an annotation; undefined if it is valid */
export function objectionToRemembering(name: string, value: string): string | undefined {
  try {
    rememberingOf({ [name]: value });
    return undefined;
  } catch (error) {
    if (error instanceof Unremembered) return `\`${error.member}\` ${error.message}`;
    throw error;
  }
}

/** The policy again, with a condition that has the types that its annotation needs. */
export interface Typed {
  readonly annotation: Annotation;
  readonly statement: Statement;
}

export function typedStatements(statement: Statement): Typed[] {
  const { annotations = {} } = toJson(statement);
  return REMEMBERING.flatMap((annotation) => {
    const value = annotations[annotation];
    if (value === undefined || value === null) return [];
    const { sums, labels } = rememberingOf({ [annotation]: value });
    const expressions = [...sums.map(sumText), ...labels.map((label) => `context.task.labels.contains("${label}")`)];
    return expressions.map((expression) => ({ annotation, statement: withCondition(statement, expression) }));
  });
}

function sumText({ owner, name, source }: Adding): string {
  const target = owner === "task" ? `context.task.${name}` : `context.today.${owner}.${name}`;
  return `${target} + ${source === undefined ? "1" : ["context", ...source].join(".")} >= 0`;
}

function withCondition(statement: Statement, expression: string): Statement {
  return { ...statement, text: `${statement.text.slice(0, statement.text.lastIndexOf(";"))} when { ${expression} };` };
}
