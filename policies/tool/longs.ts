/**
 * Cedar's integers have 64 bits, but its JSON reaches JavaScript as numbers with 53. Literals that a number may not
 * hold are therefore hidden from the JSON behind an attribute that spells them, and put back as text afterwards.
 */
import type { Expression } from "../../worker/policy/format.ts";

const MARK = "hopgate long ";

/** Strings and comments are skipped; -2^63 is one literal, because 2^63 alone is none. */
const TOKENS = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|-\s*9223372036854775808\b|\b\d{16,}\b/g;

/** Replaces every integer literal of 16 digits and more. @throws Error where the text holds the mark itself */
export function hideLongs(policyText: string): string {
  if (policyText.includes(MARK)) throw new Error(`a policy cannot speak of "${MARK}"`);
  return policyText.replace(TOKENS, (token) =>
    /^[-\d]/.test(token) ? `context["${MARK}${token.replaceAll(/\s/g, "")}"]` : token,
  );
}

/** Turns what `hideLongs` made back into literals: `{ "Long": "<digits>" }`. */
export function restoreLongs(expression: unknown): unknown {
  if (Array.isArray(expression)) return expression.map(restoreLongs);
  if (typeof expression !== "object" || expression === null) return expression;
  const { attr } = ((expression as Expression)["."] ?? {}) as { attr?: unknown };
  if (typeof attr === "string" && attr.startsWith(MARK)) return { Long: attr.slice(MARK.length) };
  return Object.fromEntries(Object.entries(expression).map(([name, value]) => [name, restoreLongs(value)]));
}
