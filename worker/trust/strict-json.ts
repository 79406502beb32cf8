/**
 * JSON that every parser reads the same way, by the core's rules (wasm/assembly/json.ts): well-formed UTF-8 without a
 * byte order mark, no duplicate names, no lone surrogates, no U+0000, finite numbers, bounded depth and members. Signed
 * content must not mean different things to different readers. Linear in its input.
 */

export interface JsonLimits {
  readonly depth: number;
  /** Most members of one object. */
  readonly members: number;
}

/** The core's limits for content from strangers. */
const TOKEN: JsonLimits = { depth: 16, members: 64 };

/** A BOM stays in the text, and the grammar refuses it. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws Error if the text is not JSON, not an object, or could be read in two ways */
export function readStrictObject(source: string | Uint8Array, limits: JsonLimits = TOKEN): JsonObject {
  const text = typeof source === "string" ? source : utf8.decode(source);
  if (!text.isWellFormed()) throw new Error("contains a lone surrogate");
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("is not an object");
  checkReadings(text, limits);
  return value as JsonObject;
}

/** Names of the current object, or undefined in a list. */
type Frame = { readonly names: Set<string> | undefined; expectsName: boolean };

/** @param text valid JSON, so that the first character identifies a token */
function checkReadings(text: string, { depth, members }: JsonLimits): void {
  const frames: Frame[] = [];
  for (let at = 0; at < text.length; at++) {
    const frame = frames.at(-1);
    switch (text[at]) {
      case "{":
      case "[":
        if (frames.length === depth) throw new Error("is nested too deep");
        frames.push(
          text[at] === "{" ? { names: new Set(), expectsName: true } : { names: undefined, expectsName: false },
        );
        break;
      case "}":
      case "]":
        frames.pop();
        break;
      case ",":
        if (frame !== undefined) frame.expectsName = frame.names !== undefined;
        break;
      case '"': {
        const end = endOfString(text, at);
        const string = readString(text.slice(at, end));
        if (frame?.expectsName) addName(frame, string, members);
        at = end - 1;
        break;
      }
      default:
        if (isNumberStart(text[at] as string)) at = endOfNumber(text, at) - 1;
    }
  }
}

function addName(frame: Frame, name: string, most: number): void {
  frame.expectsName = false;
  if (frame.names?.has(name)) throw new Error("names a member twice");
  if (frame.names?.size === most) throw new Error("has too many members");
  frame.names?.add(name);
}

/** @param start index of a string's opening quote in a JSON text @returns the index after its closing quote */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function readString(token: string): string {
  const string = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
  if (!string.isWellFormed()) throw new Error("contains a lone surrogate");
  if (string.includes("\0")) throw new Error("holds U+0000");
  return string;
}

function isNumberStart(character: string): boolean {
  return character === "-" || (character >= "0" && character <= "9");
}

function endOfNumber(text: string, start: number): number {
  let at = start;
  while (at < text.length && "+-.0123456789Ee".includes(text[at] as string)) at++;
  if (!Number.isFinite(Number(text.slice(start, at)))) throw new Error("contains a number that is not finite");
  return at;
}
