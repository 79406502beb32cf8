/**
 * One JSON-RPC 2.0 message that every parser reads the same way. Policies must see what the server reads, so anything
 * that two parsers could read differently is refused.
 */
import { HopError } from "../errors.ts";
import { endOfString } from "../trust/strict-json.ts";
import { isExact } from "./exact-number.ts";
import type { Json, Message } from "./message.ts";

/** TC39 "JSON.parse source text access", implemented in V8: `source` is set for numbers, strings and literals. */
const SourceJson = JSON as unknown as {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
};

/** Members of requests and answers. */
const MEMBERS = ["jsonrpc", "id", "method", "params", "result", "error"];

/** @throws HopError `message_unreadable`, `number_inexact` */
export function readMessage(content: Uint8Array, contentType: string | null): Message {
  const message = readJson(content, contentType);
  requirePlainNames(message, MEMBERS);
  const { jsonrpc, id, method, params } = message;
  const known = Object.keys(message).every((name) => MEMBERS.includes(name)) && jsonrpc === "2.0";
  if (!known || (method !== undefined && typeof method !== "string")) throw new HopError("message_unreadable");
  // A message that is both a request and an answer, or neither, would mean different things to different readers
  // (JSON-RPC 2.0, sections 4 and 5).
  const answers = ["result", "error"].filter((name) => Object.hasOwn(message, name)).length;
  if (answers !== (method === undefined ? 1 : 0)) throw new HopError("message_unreadable");
  if (id !== undefined && typeof id !== "string" && typeof id !== "number") throw new HopError("message_unreadable");
  return { id, method, params, whole: message };
}

/** A body that is one JSON object. @throws HopError `message_unreadable`, `number_inexact` */
export function readJson(content: Uint8Array, contentType: string | null): Json {
  // In another charset the server would read something else.
  if (!/^application\/json *(; *charset="?utf-8"?)?$/i.test(contentType ?? ""))
    throw new HopError("message_unreadable");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    // No batches: the protocol has had none since 2025-06-18, and one answer cannot report two decisions.
    return asObject(readStrictly(text));
  } catch (cause) {
    if (cause instanceof HopError) throw cause;
    throw new HopError("message_unreadable", { cause });
  }
}

/** @throws HopError `message_unreadable` */
export function asObject(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new HopError("message_unreadable");
  return value as Json;
}

/**
 * Some parsers ignore the case of names (Go's uses Unicode folding, in which `\u017f` is an s), so no such variant of a
 * name that counts is accepted.
 *
 * @throws HopError `message_unreadable`
 */
export function requirePlainNames(object: Json, counting: readonly string[]): void {
  const folded = new Set(counting.map(fold));
  const clash = Object.keys(object).some((name) => !counting.includes(name) && folded.has(fold(name)));
  if (clash) throw new HopError("message_unreadable");
}

/** Equal for names that some parser takes for the same: in case, or in compatibility forms of a letter. */
function fold(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase();
}

/**
 * JSON with unique names, because of a duplicate some parsers use the first and some the last (RFC 8259, section 4),
 * and with numbers that are the same with and without doubles (section 6).
 *
 * @throws SyntaxError, HopError `message_unreadable`, `number_inexact`
 */
function readStrictly(text: string): unknown {
  let members = 0;
  const value = SourceJson.parse(text, (_, each, { source }) => {
    if (typeof each === "number" && !isExact(source ?? "", each)) throw new HopError("number_inexact");
    if (typeof each === "object" && each !== null && !Array.isArray(each)) members += Object.keys(each).length;
    return each;
  });
  if (members !== countNames(text)) throw new HopError("message_unreadable");
  return value;
}

/** Names in a JSON text: strings followed by a colon. Linear: every character is read once. */
function countNames(text: string): number {
  let names = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at)) {
    at = skipSpace(text, endOfString(text, at));
    if (text[at] === ":") names += 1;
  }
  return names;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
  return at;
}
