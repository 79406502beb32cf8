/**
 * One JSON-RPC 2.0 message that every reader reads alike. What is judged must be what the server reads, so whatever two readers
 * could read in two ways is refused.
 */
import { HopError } from "../errors.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface Message {
  /** Absent in answers. */
  readonly method: string | undefined;
  readonly params: unknown;
}

/** Members of a message, requests and answers alike. */
const MEMBERS = ["jsonrpc", "id", "method", "params", "result", "error"];

/** @throws HopError `message_unreadable` */
export function readMessage(content: Uint8Array, contentType: string | null): Message {
  // In another charset the server would read another text.
  if (!/^application\/json *(; *charset="?utf-8"?)?$/i.test(contentType ?? ""))
    throw new HopError("message_unreadable");
  const message = readObject(content);
  requirePlainNames(message, MEMBERS);
  const { jsonrpc, method, params } = message;
  const known = Object.keys(message).every((name) => MEMBERS.includes(name)) && jsonrpc === "2.0";
  if (!known || (method !== undefined && typeof method !== "string")) throw new HopError("message_unreadable");
  return { method, params };
}

function readObject(content: Uint8Array): Json {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    requireUniqueNames(text);
    // No batches: the protocol has none since 2025-06-18, and one answer could not be about two decisions.
    return asObject(JSON.parse(text));
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
 * Some readers take names without regard to case: none may stand beside, or in place of, one that counts.
 *
 * @throws HopError `message_unreadable`
 */
export function requirePlainNames(object: Json, counting: readonly string[]): void {
  const lower = new Set(counting.map((name) => name.toLowerCase()));
  const clash = Object.keys(object).some((name) => !counting.includes(name) && lower.has(name.toLowerCase()));
  if (clash) throw new HopError("message_unreadable");
}

/** Of a name that stands twice some readers take the first, some the last (RFC 8259, section 4). */
function requireUniqueNames(text: string): void {
  let members = 0;
  JSON.parse(text, (_, value: unknown) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) members += Object.keys(value).length;
    return value;
  });
  if (members !== countNames(text)) throw new HopError("message_unreadable");
}

/** Names in a text that is JSON: strings that a colon follows. */
function countNames(text: string): number {
  return text.match(/"(?:[^"\\]|\\.)*"(?=\s*:)/g)?.length ?? 0;
}
