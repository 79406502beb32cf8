/**
 * Calls of MCP tools (Model Context Protocol, 2025-06-18: JSON-RPC 2.0 over Streamable HTTP), and requests that are as much as
 * that: each is an action, and its arguments are what policies judge.
 */
import canonicalize from "canonicalize";
import type { Argument, Operation, Route, Tool } from "../config.ts";
import { HopError } from "../errors.ts";
import type { ToolCall } from "../types.ts";
import { asObject, type Json, readMessage, requirePlainNames } from "./json-rpc.ts";

/** Characters of all arguments that policies see: they stand in the ledger with the decision. */
const MOST_JUDGED = 16_384;

/**
 * Bounds of a `long` that declares none: the product of two is a `long` of Cedar, so a policy that multiplies them does not
 * overflow, and does not fail.
 */
const DEFAULT_BOUNDS = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const;

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
 * @throws HopError `message_unreadable`, `number_inexact`, `tool_unknown`, `tool_argument`
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
    return judged(name, tools[name] as Tool, asObject(call["arguments"] ?? {}), call);
  }
  if (method !== undefined && Object.hasOwn(requests, method)) {
    const call = asObject(params ?? {});
    const { _meta, ...given } = call;
    return judged(method, requests[method] as Tool, given, call);
  }
  if (method === undefined || method.startsWith("notifications/") || SESSION.includes(method)) return undefined;
  throw new HopError("tool_unknown");
}

/** What a route is asked for: the tool's action, else that of the method. */
export function operationOf(route: Route, method: keyof Route["methods"], tool: ToolCall | undefined): Operation {
  return tool ?? (route.methods[method] as Operation);
}

/** @param params as they came, with what stands beside the arguments */
function judged(
  name: string,
  { action, scopes, details, arguments: declared }: Tool,
  given: Json,
  params: Json,
): ToolCall {
  requirePlainNames(given, Object.keys(declared));
  const values = Object.entries(declared).flatMap(([argument, type]) => {
    const value = readArgument(Object.hasOwn(given, argument) ? given[argument] : undefined, type, argument);
    return value === undefined ? [] : [[argument, value] as const];
  });
  if (JSON.stringify(values).length > MOST_JUDGED) throw new HopError("tool_argument");
  const undeclared = Object.fromEntries(Object.entries(given).filter(([each]) => !Object.hasOwn(declared, each)));
  const canonical = canonicalOf({ name, params: withoutProgress(params) });
  return { name, action, scopes, details, arguments: Object.fromEntries(values), undeclared, canonical };
}

/** Clients number the progress of every try anew; all else of `_meta` is for the tool. */
function withoutProgress(params: Json): Json {
  const { _meta: meta, ...rest } = params;
  if (meta === undefined) return rest;
  const { progressToken, ...told } = asObject(meta);
  return Object.keys(told).length === 0 ? rest : { ...rest, _meta: told };
}

/** @throws HopError `message_unreadable` where there is text that has no one form */
function canonicalOf(call: object): string {
  try {
    return canonicalize(call) as string;
  } catch (cause) {
    throw new HopError("message_unreadable", { cause });
  }
}

/** In Cedar's JSON form; undefined where it is absent and may be. @throws HopError `tool_argument` */
export function readArgument(value: unknown, declared: Argument, argument: string): unknown {
  const { type, min, max }: { type: string; min?: number | undefined; max?: number | undefined } =
    typeof declared === "string" ? { type: declared } : declared;
  const optional = type.endsWith("?");
  if (value === undefined || value === null) {
    if (optional) return undefined;
    throw new HopError("tool_argument", { member: argument });
  }
  const read = READERS[type.replace("?", "") as keyof typeof READERS](value, {
    min: min ?? DEFAULT_BOUNDS.min,
    max: max ?? DEFAULT_BOUNDS.max,
  });
  // An argument that a policy could not compare would make it fail, and a forbid that fails forbids nothing.
  if (read === undefined) throw new HopError("tool_argument", { member: argument });
  return read;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

const READERS = {
  string: (value: unknown) => (typeof value === "string" ? value : undefined),
  bool: (value: unknown) => (typeof value === "boolean" ? value : undefined),
  long: (value: unknown, { min, max }: Bounds) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined,
  decimal: (value: unknown) => {
    if (typeof value !== "number" || Math.abs(value) > 1e11) return undefined;
    const text = value.toFixed(4);
    // Four digits, or it is not the number that the tool gets.
    return Number(text) === value ? { __extn: { fn: "decimal", arg: text } } : undefined;
  },
} as const;
