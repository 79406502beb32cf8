/**
 * Cedar's integers have 64 bits, but its JSON reaches JavaScript as numbers with 53. Literals that a number may not
 * hold are therefore hidden from the JSON behind an attribute that spells them, and read back from it.
 */
const MARK = "hopgate long ";

/** Strings and comments are skipped; -2^63 is one literal, because 2^63 alone is not a valid one. */
const TOKENS = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|-\s*9223372036854775808\b|\b\d{16,}\b/g;

/** Replaces every integer literal of 16 digits and more. @throws Error where the text holds the mark itself */
export function hideLongs(policyText: string): string {
  if (policyText.includes(MARK)) throw new Error(`a policy cannot speak of "${MARK}"`);
  return policyText.replace(TOKENS, (token) =>
    /^[-\d]/.test(token) ? `context["${MARK}${token.replaceAll(/\s/g, "")}"]` : token,
  );
}

/** The digits of the literal that was hidden behind this attribute, or undefined where it is a real one. */
export function hiddenLong(attribute: string): string | undefined {
  return attribute.startsWith(MARK) ? attribute.slice(MARK.length) : undefined;
}

/** Cedar text with the hidden literals in their places again. */
export function showLongs(cedarText: string): string {
  return cedarText.replaceAll(new RegExp(`context\\["${MARK}(-?\\d+)"\\]`, "g"), "$1");
}
