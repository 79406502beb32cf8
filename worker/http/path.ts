/**
 * Paths that every server reads the same way. The path that is decided on must be the path that is served, so one that
 * an upstream could read as another is refused (test/vectors/paths.ts has the cases, and how each server reads them).
 * Pure.
 */

/** The path of an address exactly as written, with its escapes; empty if there is none. */
export function pathAsSent(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? "";
}

/**
 * Whether a path can be read in only one way: it is in normal form (RFC 3986, section 6.2.2), its escapes are UTF-8 and
 * necessary, and no segment has parameters, or an end that some file systems drop.
 *
 * @param raw as it was sent
 * @param normal as the URL standard reads it
 */
export function isPlainPath(raw: string, normal: string): boolean {
  if (raw !== normal || /[\\;\u0000-\u0020\u007f]|\/\//.test(raw)) return false;
  if (!hasPlainEscapes(raw)) return false;
  const text = decoded(raw);
  return (
    text !== undefined &&
    !READ_AS_OTHERS.test(text) &&
    !hasSeparatorsInside(text) &&
    text.split("/").every(isPlainSegment)
  );
}

/** No octet is encoded without need, or is an encoded separator, parameter, control character or escape. */
function hasPlainEscapes(path: string): boolean {
  return path
    .split("%")
    .slice(1)
    .every((tail) => {
      const hex = tail.slice(0, 2);
      if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return false;
      // A server that decodes twice would find an escape (`%252e`), or IIS's own form (`%25u002e`).
      if (hex === "25") return !/^([0-9a-f]{2}|u)/i.test(tail.slice(2));
      return !/[A-Za-z0-9\-._~/\\;\u0000-\u001f\u007f]/.test(String.fromCharCode(Number.parseInt(hex, 16)));
    });
}

/** Undefined if the octets are not UTF-8, which includes overlong forms. */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * Characters that a conversion to a smaller character set turns into `/`, `\`, `.`, `;`, `:` or `%` (Windows "best fit", NFKC), and
 * controls beyond ASCII.
 */
const READ_AS_OTHERS =
  /[\u0080-\u009f\u2024-\u2026\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe52\ufe54\ufe55\ufe68\ufe6a\uff05\uff0e\uff0f\uff1a\uff1b\uff3c\u037e\ufeff]/;

/** Characters whose compatibility form contains a separator: `\u2100` becomes `a/c`. */
function hasSeparatorsInside(text: string): boolean {
  return [...text].some((character) => character > "\u007f" && /[/\\.;:%]/.test(character.normalize("NFKC")));
}

/**
 * Whether the rest of a path stays below its prefix for every server: it has no step up, and nothing that may be read
 * as one.
 */
export function staysBelow(rest: string): boolean {
  if (/%(?:2e|2f|5c|25)/i.test(rest) || READ_AS_OTHERS.test(rest)) return false;
  return rest.split(/[/\\]/).every((segment) => !/^\.{1,2}(?:$|[^\w.-])/.test(segment));
}

/** Windows drops dots and spaces at the end of a name, and `::$DATA` names the same file again. */
function isPlainSegment(segment: string): boolean {
  return !segment.endsWith(".") && !segment.endsWith(" ") && !segment.includes("::$");
}
