/** Splits a policy text into statements, numbered like Cedar does. */
import { CedarError, cedar, problemIn } from "./cedar.ts";

export interface Statement {
  /** `policy0`, `policy1`, ... in the order of the text, templates included. */
  readonly id: string;
  readonly text: string;
  /** Line and column in the whole text at which it starts, both from 1. */
  readonly line: number;
  readonly column: number;
  /** Its slots: `?principal`, `?resource`. */
  readonly slots: readonly string[];
  /** Whether it has a slot; then it has no effect until it is linked. */
  readonly isTemplate: boolean;
}

/** Skips strings and comments; outside of them a semicolon always ends a policy. */
const TOKENS = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|;|\?(?:principal|resource)\b/g;

/** @throws CedarError if the text is not a set of policies */
export function splitPolicies(cedarText: string): Statement[] {
  const parsed = cedar.policySetTextToParts(cedarText);
  if (parsed.type === "failure") throw new CedarError(parsed.errors.map((error) => problemIn(cedarText, error)));
  const statements: Statement[] = [];
  let start = 0;
  let slots: string[] = [];
  let [line, column] = [1, 1];
  for (const { 0: token, index } of cedarText.matchAll(TOKENS)) {
    if (token.startsWith("?")) slots.push(token);
    if (token !== ";") continue;
    const text = cedarText.slice(start, index + 1);
    statements.push({ id: `policy${statements.length}`, text, line, column, slots, isTemplate: slots.length > 0 });
    const lines = text.split("\n");
    line += lines.length - 1;
    column = lines.length === 1 ? column + text.length : (lines.at(-1) as string).length + 1;
    [start, slots] = [index + 1, []];
  }
  return statements;
}
