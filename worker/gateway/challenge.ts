/** `WWW-Authenticate` challenges (RFC 9110, section 11.6.1): a scheme and quoted parameters. */

/** Absent parameters are left out; characters that no quoted string of RFC 6750 may hold become spaces. */
export function serializeParameters(scheme: string, parameters: Record<string, string | undefined>): string {
  const parts = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${value.replace(/[^\x20-\x7e]|["\\]/g, " ")}"`],
  );
  return `${scheme} ${parts.join(", ")}`;
}
