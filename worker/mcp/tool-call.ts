/**
 * Calls of MCP tools (Model Context Protocol: JSON-RPC 2.0 over Streamable HTTP), and requests like them: each is an
 * action, and policies see its arguments.
 */
import canonicalize from "canonicalize";
import type { Argument, Operation, Route, Tool } from "../config.ts";
import { HopError } from "../errors.ts";
import type { ToolCall } from "../presentation.ts";
import { sentInstead } from "../sent.ts";
import { asObject, requirePlainNames } from "./json-rpc.ts";
import type { Json, Message } from "./message.ts";
import { isNotification, METHODS, methodOf, type Revision } from "./methods.ts";
import { isObject } from "./revision.ts";

/** Most characters that policies see of a request, because the ledger keeps them with the decision. */
export const MOST_JUDGED = 16_384;

/**
 * Bounds of a `long` that declares none: the product of two fits into Cedar's `long`, so a policy that multiplies them
 * does not overflow and fail.
 */
const DEFAULT_BOUNDS = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const;

/** Members of `params` that count, in addition to the method's own. */
const BESIDE = ["name", "uri", "taskId", "arguments", "notifications", "inputResponses", "requestState", "_meta"];

type Declaring = Pick<Route, "tools" | "requests">;

/**
 * The tool or request of a message; undefined for messages of the session itself: initialization, lists, notifications,
 * answers, and what continues a call that was decided. Everything else must be declared, because it may read or do
 * anything.
 *
 * @throws HopError `message_unreadable`, `method_unknown`, `tool_unknown`, `tool_argument`
 */
export function toolCallOf(message: Message, revision: Revision, route: Declaring): ToolCall | undefined {
  const { id, method, params } = message;
  if (isObject(params)) requirePlainNames(params, BESIDE);
  if (method === undefined) return undefined;
  if (method.startsWith("notifications/")) {
    if (isNotification(method) && id === undefined) return undefined;
    throw new HopError("method_unknown");
  }
  // A server might execute a call without an id, and the headers would not show it.
  if (id === undefined) throw new HopError("message_unreadable");
  const known = methodOf(method, revision);
  if (known === undefined && Object.hasOwn(METHODS, method)) throw new HopError("method_unknown");
  const declared = declarationOf(message, route);
  if (declared !== undefined) return judged(declared, asObject(params ?? {}));
  if (known !== undefined && (known.does !== "call" || listensToListsAlone(message))) return undefined;
  throw new HopError("method_unknown");
}

/** The operation on a route: the tool's action, else that of the method. */
export function operationOf(route: Route, method: keyof Route["methods"], tool: ToolCall | undefined): Operation {
  return tool ?? (route.methods[method] as Operation);
}

interface Declared {
  readonly name: string;
  readonly tool: Tool;
  /** The object that contains the arguments. */
  readonly given: Json;
}

function declarationOf({ method, params }: Message, { tools = {}, requests }: Declaring): Declared | undefined {
  if (method === "tools/call") {
    const call = asObject(params);
    const { name } = call;
    if (typeof name !== "string" || !Object.hasOwn(tools, name)) throw new HopError("tool_unknown");
    return { name, tool: tools[name] as Tool, given: asObject(call["arguments"] ?? {}) };
  }
  if (method === undefined || !Object.hasOwn(requests, method)) return undefined;
  const { _meta, inputResponses, requestState, ...given } = asObject(params ?? {});
  const about = method === "subscriptions/listen" ? asObject(given["notifications"] ?? {}) : given;
  return { name: method, tool: requests[method] as Tool, given: about };
}

/**
 * Subscriptions to changes of lists, and of tasks by the client's own handles: they say no more than lists and
 * `tasks/get`.
 */
function listensToListsAlone({ method, params }: Message): boolean {
  if (method !== "subscriptions/listen") return false;
  const { resourceSubscriptions: resources = [], ...more } = asObject(asObject(params)["notifications"] ?? {});
  const known = ["toolsListChanged", "promptsListChanged", "resourcesListChanged", "taskIds"];
  return Array.isArray(resources) && resources.length === 0 && Object.keys(more).every((each) => known.includes(each));
}

/** @param params as received, with the members other than arguments */
function judged({ name, tool, given }: Declared, params: Json): ToolCall {
  const { action, scopes, details, arguments: declared, inputs: expected } = tool;
  requirePlainNames(given, Object.keys(declared));
  const values = Object.entries(declared).flatMap(([argument, type]) => {
    const value = readArgument(Object.hasOwn(given, argument) ? given[argument] : undefined, type, argument);
    return value === undefined ? [] : [[argument, value] as const];
  });
  const inputs = inputsOf(params["inputResponses"], expected);
  if (JSON.stringify([values, inputs]).length > MOST_JUDGED) throw new HopError("tool_argument");
  return {
    name,
    action,
    scopes,
    details,
    arguments: Object.fromEntries(values),
    ...(inputs.length > 0 && { inputs: Object.fromEntries(inputs) }),
    undeclared: undeclaredOf(given, declared, params["inputResponses"]),
    canonical: canonicalOf({ name, params: withoutProgress(params) }),
  };
}

/** What only approvers see: other arguments, and a person's answers to questions of the tool. */
function undeclaredOf(given: Json, declared: Tool["arguments"], answers: unknown): Json {
  const others = Object.fromEntries(Object.entries(given).filter(([each]) => !Object.hasOwn(declared, each)));
  if (answers === undefined) return others;
  if (Object.hasOwn(given, "inputResponses")) throw new HopError("message_unreadable");
  return { ...others, inputResponses: answers };
}

/**
 * The client's declared answers to questions of the tool (2026-07-28, Multi Round-Trip Requests): `confirm.amount` is
 * the member `amount` of what was accepted under `confirm`.
 */
function inputsOf(answers: unknown, expected: Tool["inputs"]): (readonly [string, unknown])[] {
  if (answers === undefined) return [];
  const all = asObject(answers);
  return Object.entries(expected).flatMap(([input, type]) => {
    const [key, field] = [input.slice(0, input.indexOf(".")), input.slice(input.indexOf(".") + 1)];
    const answer = Object.hasOwn(all, key) ? asObject(all[key]) : {};
    const content = answer["action"] === "accept" ? asObject(answer["content"] ?? {}) : {};
    requirePlainNames(content, [field]);
    const value = Object.hasOwn(content, field) ? content[field] : undefined;
    return value === undefined || value === null ? [] : [[input, readArgument(value, type, input)] as const];
  });
}

/** Members that change with every retry: progress tokens and the trace. The rest of `_meta` is for the tool. */
const OF_A_TRY = ["progressToken", "traceparent", "tracestate", "baggage"];

function withoutProgress(params: Json): Json {
  const { _meta: meta, ...rest } = params;
  if (meta === undefined) return rest;
  const told = Object.entries(asObject(meta)).filter(([each]) => !OF_A_TRY.includes(each));
  return told.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(told) };
}

/** @throws HopError `message_unreadable` for strings without a canonical form */
function canonicalOf(call: object): string {
  try {
    return canonicalize(call) as string;
  } catch (cause) {
    throw new HopError("message_unreadable", { cause });
  }
}

/** In Cedar's JSON form. */
export function readArgument(value: unknown, declared: Argument, argument: string): unknown {
  const { type, min, max }: Partial<Bounds> & { readonly type: string } =
    typeof declared === "string" ? { type: declared } : declared;
  const optional = type.endsWith("?");
  // Its value is not shown: it can be anything that a person has written.
  const refused = () =>
    new HopError("tool_argument", {
      member: argument,
      sent: sentInstead(kindOf(value), [expected(type, { min, max })]),
    });
  if (value === undefined || value === null) {
    if (optional) return undefined;
    throw refused();
  }
  const read = READERS[type.replace("?", "") as keyof typeof READERS](value, { min, max });
  // An argument with the wrong type would make a policy fail, and in Cedar a forbid that fails does not forbid.
  if (read === undefined) throw refused();
  return read;
}

function kindOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? "list" : typeof value;
}

/** "decimal", "long from 1 to 500". */
function expected(type: string, { min = DEFAULT_BOUNDS.min, max = DEFAULT_BOUNDS.max }: Bounds): string {
  return type.startsWith("long") ? `${type} from ${min} to ${max}` : type;
}

interface Bounds {
  readonly min: number | undefined;
  readonly max: number | undefined;
}

const READERS = {
  string: (value: unknown) => (typeof value === "string" ? value : undefined),
  bool: (value: unknown) => (typeof value === "boolean" ? value : undefined),
  /** A set of Cedar. */
  strings: (value: unknown) =>
    Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined,
  long: (value: unknown, { min = DEFAULT_BOUNDS.min, max = DEFAULT_BOUNDS.max }: Bounds) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined,
  decimal: (value: unknown) => {
    if (typeof value !== "number" || Math.abs(value) > 1e11) return undefined;
    const text = value.toFixed(4);
    // At most four digits, or it would not be the number that the tool gets.
    return Number(text) === value ? { __extn: { fn: "decimal", arg: text } } : undefined;
  },
} as const;
