/**
 * The forms that a string can have after encoding: JSON, URLs and forms, headers, HTML, base64. Each is a sequence of
 * places with their possible octets, because encoders choose for each character. Pure.
 */

/** The alternatives at one place, each a sequence of sets of octets. */
export type Place = readonly (readonly Uint8Array[])[];
export type Form = readonly Place[];

/** Octets of a string in any case. */
function anyCase(text: string): Uint8Array[] {
  return Array.from(text, (letter) => utf8([...new Set([letter.toLowerCase(), letter.toUpperCase()])].join("")));
}

/** Octets of a string, unchanged. */
function exactly(text: string): Uint8Array[] {
  return Array.from(utf8(text), (octet) => Uint8Array.of(octet));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** Backslashes before an escaped character: one in JSON, three in JSON inside a JSON string; two before `u` there. */
const SLASHES = ["\\", "\\\\", "\\\\\\"];
const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t" };
/** RFC 8259, section 7: all others are escaped with `\u`. */
const ESCAPED_AS_ITSELF = ['"', "\\", "/"];
const HTML_NAMES: Readonly<Record<string, readonly string[]>> = {
  "&": ["&amp;"],
  "<": ["&lt;"],
  ">": ["&gt;"],
  '"': ["&quot;"],
  "'": ["&apos;"],
  "/": ["&sol;"],
  "+": ["&plus;"],
  "=": ["&equals;"],
};

/** Computed places: equal ones of all strings are one object. */
const known = new Map<string, Place>();

function placeOf(name: string, make: () => Place): Place {
  const place = known.get(name) ?? make();
  known.set(name, place);
  return place;
}

/** Every encoding of one character. */
function waysOf(character: string): Place {
  return placeOf(character, () => makeWays(character));
}

function makeWays(character: string): Place {
  const code = character.codePointAt(0) as number;
  const units = Array.from({ length: character.length }, (_, i) => hex(character.charCodeAt(i), 4));
  const percent = Array.from(utf8(character), (octet) => hex(octet, 2));
  const short = ESCAPED_AS_ITSELF.includes(character) ? character : SHORT_ESCAPES[character];
  return [
    exactly(character),
    ...SLASHES.flatMap((slashes) => [
      units.flatMap((unit) => [...exactly(`${slashes}u`), ...anyCase(unit)]),
      ...(short === undefined ? [] : [exactly(slashes + short)]),
    ]),
    // Once and twice.
    percent.flatMap((octet) => [...exactly("%"), ...anyCase(octet)]),
    percent.flatMap((octet) => [...exactly("%25"), ...anyCase(octet)]),
    ...(character === " " ? [exactly("+")] : []),
    ...["", "0", "00"].map((zeros) => exactly(`&#${zeros}${code};`)),
    ...[0, 2, 4].map((digits) => [...exactly("&#"), ...anyCase(`x${hex(code, digits)}`), ...exactly(";")]),
    ...(HTML_NAMES[character] ?? []).map(exactly),
  ];
}

/** Forms of a string and of its base64. */
export function formsOf(text: string): Form[] {
  return [Array.from(text, waysOf), ...[0, 1, 2].map((shift) => base64Form(utf8(text), shift))];
}

/**
 * The letters of base64 (RFC 4648, sections 4 and 5) that depend only on the string, at any position in a longer one:
 * `shift` octets precede it in its group of three. Base64 is itself escaped in JSON and URLs.
 */
function base64Form(octets: Uint8Array, shift: number): Form {
  const all = new Uint8Array(shift + octets.length);
  all.set(octets, shift);
  const letters = btoa(String.fromCharCode(...all));
  const decided = letters.slice(Math.ceil((shift * 8) / 6), Math.floor((all.length * 8) / 6));
  return Array.from(decided, waysOfLetter);
}

/** Of base64, in either alphabet. */
function waysOfLetter(letter: string): Place {
  const twin = letter === "+" ? "-" : letter === "/" ? "_" : undefined;
  if (twin === undefined) return waysOf(letter);
  return placeOf(`${letter} of base64`, () => [...makeWays(letter), exactly(twin)]);
}
