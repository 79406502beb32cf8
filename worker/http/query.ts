/** The query of a request as every server reads it: for the policies, and for the ledger. Pure. */

export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** Characters of a query, and of a path. */
export const MOST_TARGET = 8192;
const MOST_PARAMETERS = 128;

/** In place of a value that may be a secret: what policies judge is what the ledger keeps. */
const HIDDEN = "*";

/** Names of credentials, in lower case and without `-` and `_`. */
const SECRET_NAMES = new Set(["auth", "authorization", "code", "jwt", "key", "pass", "passwd", "pwd", "sid", "sig"]);
const SECRET_ENDS = /(token|secret|password|signature|assertion|apikey|credentials?|sessionid)$/;
/** What looks like a JWS, or like random letters. */
const SECRET_VALUE = /eyJ[\w-]{8}|^[\w+/=-]{40,}$/;

/**
 * The parameters in their order, secrets hidden; undefined where servers read the query in several ways: broken escapes, octets
 * that are no UTF-8, a NUL, a `;`, at which some part parameters, or more parameters than some keep.
 *
 * @param search with its question mark, or empty
 * @param secret the parameter in which the upstream knows the gateway, where there is one
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

/** Names that stand more than once: of their values some servers take the first, some the last, some all. */
export function duplicatesOf(parameters: readonly Parameter[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of parameters) (seen.has(name) ? twice : seen).add(name);
  return [...twice];
}

/** As it goes into the ledger. */
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
