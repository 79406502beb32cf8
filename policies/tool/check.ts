/** What Cedar and the schema say against a policy set. */
import { cedar, type Problem, problemIn } from "./cedar.ts";

const OBLIGATIONS = ["id", "max_ttl", "scope", "step_up", "max_age", "approval", "reason"];

/** Every problem of the text, in the author's lines and columns; warnings too. Nothing is a clean set. */
export function checkPolicies(cedarText: string, schemaText?: string): Problem[] {
  const parsed = cedar.checkParsePolicySet({ staticPolicies: cedarText });
  if (parsed.type === "failure") return parsed.errors.map((error) => problemIn(cedarText, error));
  const unknown = unknownAnnotations(cedarText);
  if (schemaText === undefined) return unknown;

  const schema = cedar.checkParseSchema(schemaText);
  if (schema.type === "failure") {
    return schema.errors.map((error) => {
      const problem = problemIn(schemaText, error);
      return { ...problem, message: `schema: ${problem.message}` };
    });
  }
  const answer = cedar.validate({ schema: schemaText, policies: { staticPolicies: cedarText } });
  if (answer.type === "failure") return answer.errors.map((error) => problemIn(cedarText, error));
  return [
    ...unknown,
    ...answer.validationErrors.map(({ error }) => problemIn(cedarText, error)),
    ...answer.validationWarnings.map(({ error }) => problemIn(cedarText, error, "warning")),
  ];
}

/** A misspelt obligation would silently oblige to nothing. */
function unknownAnnotations(cedarText: string): Problem[] {
  return [...cedarText.matchAll(/^\s*@([A-Za-z_][A-Za-z0-9_]*)/gm)].flatMap((match) => {
    if (OBLIGATIONS.includes(match[1] as string)) return [];
    const line = cedarText.slice(0, match.index + match[0].indexOf("@")).split("\n").length;
    const message = `the annotation \`@${match[1]}\` is none of ${OBLIGATIONS.map((name) => `@${name}`).join(", ")}`;
    return [{ severity: "warning" as const, message, line, column: match[0].indexOf("@") + 1 }];
  });
}
