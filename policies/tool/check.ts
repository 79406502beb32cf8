/** Checks a policy set with Cedar and the schema. */
import { computesWithArguments } from "./arithmetic.ts";
import { CedarError, cedar, type Problem, problemIn } from "./cedar.ts";
import { objectionToRemembering, REMEMBERING, typedStatements } from "./memory.ts";
import { type Statement, splitPolicies } from "./split.ts";
import { findTemplate, type TemplateLink, toJson } from "./statement.ts";

export const OBLIGATIONS = {
  permit: ["max_ttl", "scope", ...REMEMBERING],
  forbid: ["step_up", "max_age", "approval", "approval_by", "reason", "end_task"],
} as const;
const ANNOTATIONS: readonly string[] = ["id", ...OBLIGATIONS.permit, ...OBLIGATIONS.forbid];

/** Every problem and warning, in the author's lines and columns; empty for a clean set. */
export function checkPolicies(cedarText: string, schemaText?: string, links: readonly TemplateLink[] = []): Problem[] {
  let statements: Statement[];
  try {
    statements = splitPolicies(cedarText);
  } catch (error) {
    if (error instanceof CedarError) return [...error.problems];
    throw error;
  }
  const problems = [
    ...statements.flatMap(checkAnnotations),
    ...statements.flatMap(checkArithmetic),
    ...checkLinks(statements, links),
  ];
  if (schemaText === undefined || problems.some(({ severity }) => severity === "error")) return problems;
  const invalid = validate(statements, schemaText, links);
  if (invalid.some(({ severity }) => severity === "error")) return [...problems, ...invalid];
  return [...problems, ...invalid, ...checkRemembering(statements, schemaText, links)];
}

/** What is remembered must be in the schema with the right type: `Long` for sums, a set of `String` for labels. */
function checkRemembering(
  statements: readonly Statement[],
  schemaText: string,
  links: readonly TemplateLink[],
): Problem[] {
  return statements.flatMap((statement) =>
    typedStatements(statement).flatMap(({ annotation, statement: typed }) => {
      const its = links.filter(({ templateId }) => findTemplate([statement], templateId) !== undefined);
      const error = validate([typed], schemaText, its).find(({ severity }) => severity === "error");
      const place = placeOf(annotation, statement);
      return error === undefined
        ? []
        : [moved({ severity: "error", message: `\`@${annotation}\`: ${error.message}`, ...place }, statement)];
    }),
  );
}

/** Where an annotation is in its statement. */
function placeOf(annotation: string, { text }: Statement): Required<Pick<Problem, "line" | "column">> {
  const lines = text.slice(0, text.indexOf(`@${annotation}`)).split("\n");
  return { line: lines.length, column: (lines.at(-1) as string).length + 1 };
}

function validate(statements: readonly Statement[], schemaText: string, links: readonly TemplateLink[]): Problem[] {
  const schema = cedar.checkParseSchema(schemaText);
  if (schema.type === "failure") {
    return schema.errors.map((error) => {
      const problem = problemIn(schemaText, error);
      return { ...problem, message: `schema: ${problem.message}` };
    });
  }
  const answer = cedar.validate({ schema: schemaText, policies: policySetOf(statements, links) });
  if (answer.type === "failure") return answer.errors.map((error) => problemIn("", error));
  const inStatement =
    (severity: Problem["severity"]) =>
    ({ policyId, error }: cedar.ValidationError): Problem => {
      const templateId = links.find(({ newId }) => newId === policyId)?.templateId;
      const statement =
        statements.find(({ id }) => id === policyId) ?? findTemplate(statements, templateId ?? policyId);
      return statement === undefined
        ? problemIn("", error, severity)
        : moved(problemIn(statement.text, error, severity), statement);
    };
  return [
    ...answer.validationErrors.map(inStatement("error")),
    ...answer.validationWarnings.map(inStatement("warning")),
  ];
}

/** The set as Cedar's own calls take it. */
export function policySetOf(statements: readonly Statement[], links: readonly TemplateLink[]): cedar.PolicySet {
  const texts = (templates: boolean): Record<string, string> =>
    Object.fromEntries(statements.filter((each) => each.isTemplate === templates).map(({ id, text }) => [id, text]));
  const templateLinks = links.map(({ templateId, newId, values }) => ({
    templateId: findTemplate(statements, templateId)?.id ?? templateId,
    newId,
    values: values as Record<string, cedar.EntityUid>,
  }));
  return { staticPolicies: texts(false), templates: texts(true), templateLinks };
}

/** A problem of a statement, at its place in the whole text. */
function moved({ line, column, ...problem }: Problem, statement: Statement): Problem {
  if (line === undefined || column === undefined) return { ...problem, line: statement.line, column: statement.column };
  return { ...problem, line: statement.line + line - 1, column: line === 1 ? statement.column + column - 1 : column };
}

/** A misspelt annotation, or one on the wrong effect, would silently have no effect. */
function checkAnnotations(statement: Statement): Problem[] {
  const { effect, annotations = {} } = toJson(statement);
  const foreign: readonly string[] = OBLIGATIONS[effect === "permit" ? "forbid" : "permit"];
  return Object.entries(annotations).flatMap(([name, value]) => {
    const problem = problemOf(name, value ?? "", foreign);
    if (problem === undefined) return [];
    return [moved({ ...problem, ...placeOf(name, statement) }, statement)];
  });

  function problemOf(name: string, value: string, others: readonly string[]): Problem | undefined {
    if (!ANNOTATIONS.includes(name)) {
      const known = ANNOTATIONS.map((each) => `@${each}`).join(", ");
      return { severity: "warning", message: `the annotation \`@${name}\` is not one of ${known}` };
    }
    if (others.includes(name)) return { severity: "error", message: `\`@${name}\` has no effect on a ${effect}` };
    if (name === "add" || name === "count" || name === "label") {
      const objection = objectionToRemembering(name, value);
      return objection === undefined ? undefined : { severity: "error", message: objection };
    }
    if (name === "approval_by" && (value !== "passkey" || !("approval" in annotations))) {
      return { severity: "error", message: '`@approval_by` must be "passkey", with an `@approval`' };
    }
    const isNumber = /^\d{1,6}$/.test(value);
    if ((name === "max_ttl" || name === "max_age") && !isNumber) {
      return { severity: "error", message: `\`@${name}\` must be a whole number of seconds` };
    }
    return undefined;
  }
}

function checkArithmetic(statement: Statement): Problem[] {
  const { effect, conditions } = toJson(statement);
  if (effect !== "forbid" || !conditions.some(({ body }) => computesWithArguments(body))) return [];
  const message =
    "computes with a tool's arguments in a forbid: where the numbers overflow it cannot be evaluated, and the gateway denies";
  const before = (/^(\s|\/\/[^\n]*\n)*/.exec(statement.text)?.[0] ?? "").split("\n");
  const column = (before.at(-1) as string).length + 1;
  return [moved({ severity: "warning", message, line: before.length, column }, statement)];
}

function checkLinks(statements: readonly Statement[], links: readonly TemplateLink[]): Problem[] {
  const problems: string[] = [];
  const ids = new Set(statements.map(({ id }) => id));
  for (const { templateId, newId, values } of links) {
    if (ids.has(newId)) problems.push(`links: the id \`${newId}\` is taken`);
    ids.add(newId);
    const template = findTemplate(statements, templateId);
    if (template === undefined) problems.push(`links: there is no template \`${templateId}\``);
    else {
      for (const slot of ["?principal", "?resource"]) {
        if (template.slots.includes(slot) === slot in values) continue;
        problems.push(`links: \`${newId}\` ${slot in values ? "fills" : "lacks"} \`${slot}\` of \`${templateId}\``);
      }
    }
  }
  return problems.map((message) => ({ severity: "error", message }));
}
