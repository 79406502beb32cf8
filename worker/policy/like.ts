/** Cedar's `like`: literals between wildcards. */

/**
 * Whether the text contains the literals in this order, the first at its start and the last at its end. Matching each
 * one as early as possible is enough, so there is no backtracking for a text to exploit.
 */
export function isLike(text: string, literals: readonly string[]): boolean {
  const first = literals[0] as string;
  const last = literals.at(-1) as string;
  if (literals.length === 1) return text === first;
  const end = text.length - last.length;
  if (first.length > end || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = text.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return at <= end;
}
