/** Takes a policy text apart: one statement after the other, numbered as Cedar numbers them. */
import { CedarError, cedar, problemIn } from "./cedar.ts";

export interface Statement {
  /** `policy0`, `policy1`, ... in the order of the text, templates included. */
  readonly id: string;
  readonly text: string;
  /** Line of the whole text at which it starts, and column, both from 1. */
  readonly line: number;
  readonly column: number;
  /** `?principal` and `?resource`, those that it has. */
  readonly slots: readonly string[];
  /** It has a slot: it decides nothing until it is linked. */
  readonly isTemplate: boolean;
}

/** Strings and comments are passed over; outside of them a semicolon ends a policy, and nothing else holds one. */
const TOKENS = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|;|\?(?:principal|resource)\b/g;

/** @throws CedarError where the text is not a set of policies */
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
