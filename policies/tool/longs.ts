/**
 * Cedar's integers have 64 bits, but JavaScript reads its JSON with 53. Larger literals are therefore replaced by an
 * attribute whose name contains them, and read back from it.
 */
const MARK = "hopgate long ";

/** Strings and comments are skipped; -2^63 is one literal, because 2^63 alone is not a valid one. */
const TOKENS = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|-\s*9223372036854775808\b|\b\d{16,}\b/g;

/** Replaces every integer literal of 16 or more digits. @throws Error if the text contains the mark itself */
export function hideLongs(policyText: string): string {
  if (policyText.includes(MARK)) throw new Error(`a policy cannot contain "${MARK}"`);
  return policyText.replace(TOKENS, (token) =>
    /^[-\d]/.test(token) ? `context["${MARK}${token.replaceAll(/\s/g, "")}"]` : token,
  );
}

/** The digits of the literal that this attribute replaces, or undefined if it is a real attribute. */
export function hiddenLong(attribute: string): string | undefined {
  return attribute.startsWith(MARK) ? attribute.slice(MARK.length) : undefined;
}

/** Cedar text with the literals restored. */
export function showLongs(cedarText: string): string {
  return cedarText.replaceAll(new RegExp(`context\\["${MARK}(-?\\d+)"\\]`, "g"), "$1");
}
