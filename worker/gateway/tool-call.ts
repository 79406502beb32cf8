/**
 * Calls of MCP tools (Model Context Protocol, 2025-06-18: JSON-RPC 2.0 over Streamable HTTP): the tool is the action, its
 * arguments are what policies judge. What is judged must be what the server reads, so a message that two readers could
 * read in two ways is refused.
 */

import canonicalize from "canonicalize";
import type { ArgumentType, Route, Tool } from "../config.ts";
import { HopError } from "../errors.ts";
import type { ToolCall } from "../types.ts";

type Tools = Readonly<Record<string, Tool>>;
type Json = Readonly<Record<string, unknown>>;

/** Characters of all arguments that policies see: they stand in the ledger with the decision. */
const MOST_JUDGED = 16_384;

/** Members of a JSON-RPC message, requests and answers alike. */
const MEMBERS = ["jsonrpc", "id", "method", "params", "result", "error"];

/**
 * The tool that a message calls; undefined for every other message.
 *
 * @throws HopError `message_unreadable`, `tool_unknown`, `tool_argument`
 */
export function readToolCall(content: Uint8Array, contentType: string | null, tools: Tools): ToolCall | undefined {
  // In another charset the server would read another text.
  if (!/^application\/json *(; *charset="?utf-8"?)?$/i.test(contentType ?? ""))
    throw new HopError("message_unreadable");
  const message = readObject(content);
  requirePlainNames(message, MEMBERS);
  if (Object.keys(message).some((name) => !MEMBERS.includes(name)) || message["jsonrpc"] !== "2.0")
    throw new HopError("message_unreadable");
  if (message["method"] !== "tools/call") return undefined;
  const params = asObject(message["params"]);
  requirePlainNames(params, ["name", "arguments"]);
  const { name } = params;
  const tool = typeof name === "string" && Object.hasOwn(tools, name) ? tools[name] : undefined;
  if (tool === undefined) throw new HopError("tool_unknown");
  const given = asObject(params["arguments"] ?? {});
  requirePlainNames(given, Object.keys(tool.arguments));
  const judged = Object.entries(tool.arguments).flatMap(([argument, type]) => {
    const value = readArgument(Object.hasOwn(given, argument) ? given[argument] : undefined, type, argument);
    return value === undefined ? [] : [[argument, value] as const];
  });
  if (JSON.stringify(judged).length > MOST_JUDGED) throw new HopError("tool_argument");
  const { action, scopes } = tool;
  return {
    name: name as string,
    action,
    scopes,
    arguments: Object.fromEntries(judged),
    canonical: canonicalOf({ name, arguments: given }),
  };
}

/** @throws HopError `message_unreadable` where there is a number that readers round as they like */
function canonicalOf(call: object): string {
  try {
    return canonicalize(call) as string;
  } catch (cause) {
    throw new HopError("message_unreadable", { cause });
  }
}

/** What a route is asked for: the tool's action, else that of the method. */
export function operationOf(route: Route, method: keyof Route["methods"], tool: ToolCall | undefined) {
  const { action, scopes } = tool ?? (route.methods[method] as NonNullable<Route["methods"][typeof method]>);
  return { action, scopes };
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

function asObject(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new HopError("message_unreadable");
  return value as Json;
}

/** Some readers take names without regard to case: none may stand beside, or in place of, one that counts. */
function requirePlainNames(object: Json, counting: readonly string[]): void {
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

/** In Cedar's JSON form. */
function readArgument(value: unknown, type: ArgumentType, argument: string): unknown {
  const optional = type.endsWith("?");
  if (value === undefined || value === null) {
    if (optional) return undefined;
    throw new HopError("tool_argument", { member: argument });
  }
  const read = READERS[type.replace("?", "") as keyof typeof READERS](value);
  // An argument that a policy could not compare would make it fail, and a forbid that fails forbids nothing.
  if (read === undefined) throw new HopError("tool_argument", { member: argument });
  return read;
}

const READERS = {
  string: (value: unknown) => (typeof value === "string" ? value : undefined),
  bool: (value: unknown) => (typeof value === "boolean" ? value : undefined),
  long: (value: unknown) => (Number.isSafeInteger(value) ? value : undefined),
  decimal: (value: unknown) => {
    if (typeof value !== "number" || Math.abs(value) > 1e11) return undefined;
    const text = value.toFixed(4);
    // Four digits, or it is not the number that the tool gets.
    return Number(text) === value ? { __extn: { fn: "decimal", arg: text } } : undefined;
  },
} as const;
