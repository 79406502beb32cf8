/**
 * Calls of MCP tools (Model Context Protocol, 2025-06-18: JSON-RPC 2.0 over Streamable HTTP), and requests that are as much as
 * that: each is an action, and its arguments are what policies judge.
 */
import canonicalize from "canonicalize";
import type { ArgumentType, Operation, Route, Tool } from "../config.ts";
import { HopError } from "../errors.ts";
import type { ToolCall } from "../types.ts";
import { asObject, type Json, readMessage, requirePlainNames } from "./json-rpc.ts";

/** Characters of all arguments that policies see: they stand in the ledger with the decision. */
const MOST_JUDGED = 16_384;

/** What a session takes before anything is asked for: who is there, and what there is. */
const SESSION = [
  "initialize",
  "ping",
  "logging/setLevel",
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "prompts/list",
];

/**
 * The tool or the request that a message asks for; undefined for what is the session's own: hello, lists, notifications, answers.
 * Everything else must be declared, since it may read or do anything.
 *
 * @throws HopError `message_unreadable`, `tool_unknown`, `tool_argument`
 */
export function readToolCall(
  content: Uint8Array,
  contentType: string | null,
  { tools = {}, requests }: Pick<Route, "tools" | "requests">,
): ToolCall | undefined {
  const { method, params } = readMessage(content, contentType);
  if (method === "tools/call") {
    const call = asObject(params);
    requirePlainNames(call, ["name", "arguments"]);
    const { name } = call;
    if (typeof name !== "string" || !Object.hasOwn(tools, name)) throw new HopError("tool_unknown");
    return judged(name, tools[name] as Tool, asObject(call["arguments"] ?? {}));
  }
  if (method !== undefined && Object.hasOwn(requests, method)) {
    const { _meta, ...given } = asObject(params ?? {});
    return judged(method, requests[method] as Tool, given);
  }
  if (method === undefined || method.startsWith("notifications/") || SESSION.includes(method)) return undefined;
  throw new HopError("tool_unknown");
}

/** What a route is asked for: the tool's action, else that of the method. */
export function operationOf(route: Route, method: keyof Route["methods"], tool: ToolCall | undefined): Operation {
  return tool ?? (route.methods[method] as Operation);
}

function judged(name: string, { action, scopes, arguments: declared }: Tool, given: Json): ToolCall {
  requirePlainNames(given, Object.keys(declared));
  const values = Object.entries(declared).flatMap(([argument, type]) => {
    const value = readArgument(Object.hasOwn(given, argument) ? given[argument] : undefined, type, argument);
    return value === undefined ? [] : [[argument, value] as const];
  });
  if (JSON.stringify(values).length > MOST_JUDGED) throw new HopError("tool_argument");
  const canonical = canonicalOf({ name, arguments: given });
  return { name, action, scopes, arguments: Object.fromEntries(values), canonical };
}

/** @throws HopError `message_unreadable` where there is a number that readers round as they like */
function canonicalOf(call: object): string {
  try {
    return canonicalize(call) as string;
  } catch (cause) {
    throw new HopError("message_unreadable", { cause });
  }
}

/** In Cedar's JSON form. */
function readArgument(value: unknown, type: ArgumentType, argument: string): unknown {
  const optional = type.endsWith("?");
  if (value === undefined || value === null) {
    if (optional) return undefined;
    throw new HopError("tool_argument", { member: argument });
  }
  const read = READERS[type.replace("?", "") as keyof typeof READERS](value);
  // An argument that a policy could not compare would make it fail.
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
