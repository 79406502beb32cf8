/** The query of a request, for policies and ledger: only if every server reads it the same way. Pure. */

export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** Most characters of a query, and of a path. */
export const MOST_TARGET = 8192;
const MOST_PARAMETERS = 128;

/** Replaces a value that may be a secret. Policies see the same as the ledger keeps. */
const HIDDEN = "*";

/** Names of credentials, in lower case and without `-` and `_`. */
const SECRET_NAMES = new Set(["auth", "authorization", "code", "jwt", "key", "pass", "passwd", "pwd", "sid", "sig"]);
const SECRET_ENDS = /(token|secret|password|signature|assertion|apikey|credentials?|sessionid)$/;
/** Values that look like a JWS, or like random characters. */
const SECRET_VALUE = /eyJ[\w-]{8}|^[\w+/=-]{40,}$/;

/**
 * The parameters in order, with secrets hidden; undefined if servers read the query in different ways: broken escapes,
 * octets that are not UTF-8, a NUL, a `;` (a separator for some), or more parameters than some keep.
 *
 * @param search with its question mark, or empty
 * @param secret the parameter with the gateway's credential for the upstream, if there is one
 */
export function readQuery(search: string, secret?: string): readonly Parameter[] | undefined {
  if (search === "" || search === "?") return [];
  if (search.includes(";")) return undefined;
  const pieces = search.slice(1).split("&");
  if (pieces.length > MOST_PARAMETERS) return undefined;
  const parameters: Parameter[] = [];
  for (const piece of pieces) {
    if (piece === "") continue;
    const at = piece.indexOf("=");
    const name = decoded(at === -1 ? piece : piece.slice(0, at));
    const value = decoded(at === -1 ? "" : piece.slice(at + 1));
    if (name === undefined || value === undefined) return undefined;
    parameters.push({ name, value: name === secret || isSecret(name, value) ? HIDDEN : value });
  }
  return parameters;
}

/** Names that occur more than once: some servers use the first value, some the last, some all. */
export function duplicatesOf(parameters: readonly Parameter[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of parameters) (seen.has(name) ? twice : seen).add(name);
  return [...twice];
}

/** The query as the ledger keeps it. */
export function writeQuery(parameters: readonly Parameter[]): string {
  return parameters.map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

function decoded(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text.replaceAll("+", " "));
    return plain.includes("\0") ? undefined : plain;
  } catch {
    return undefined;
  }
}

function isSecret(name: string, value: string): boolean {
  const plain = name.toLowerCase().replace(/[-_]/g, "");
  return SECRET_NAMES.has(plain) || SECRET_ENDS.test(plain) || SECRET_VALUE.test(value);
}
