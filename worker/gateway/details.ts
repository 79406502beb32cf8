/**
 * What a request needs of the authorization details of its chain (RFC 9396), read from the request: path parameters, the query, members
 * of a JSON body, arguments of a tool. Policies see the same as `context.details`.
 */
import type { DetailMember, Details, Operation, Route } from "../config.ts";
import { HopError } from "../errors.ts";
import type { Parameter } from "../http/query.ts";
import { readJson, requirePlainNames } from "../mcp/json-rpc.ts";
import type { Json } from "../mcp/message.ts";
import { MOST_JUDGED, readArgument } from "../mcp/tool-call.ts";
import type { NeededDetails, ToolCall } from "../presentation.ts";

/** The parts of a request that details are read from. */
export interface DetailSources {
  readonly route: Pick<Route, "path">;
  readonly path: string;
  readonly query: readonly Parameter[];
  readonly content: Uint8Array | undefined;
  readonly contentType: string | null;
  readonly tool: ToolCall | undefined;
}

/** Whether the body must be read for the details. */
export function readsBodyForDetails({ details }: Pick<Operation, "details">): boolean {
  return isDetails(details) && Object.values(details.members).some(({ from }) => from.startsWith("body."));
}

function isDetails(details: Operation["details"]): details is Details {
  return details !== undefined && details !== "any";
}

/**
 * @throws HopError `detail_unreadable`, with the path that is missing, has the wrong type, or is too large;
 * `number_inexact`
 */
export function readDetails({ details }: Operation, sources: DetailSources): NeededDetails | undefined {
  if (!isDetails(details)) return undefined;
  const body = readsBodyForDetails({ details }) ? readBody(sources) : {};
  const members = Object.entries(details.members).flatMap(([name, member]) => {
    const value = readMember(valueAt(member.from, sources, body), member);
    if (value === undefined) return [];
    if (JSON.stringify(value).length > MOST_JUDGED) throw new HopError("detail_unreadable", { member: member.from });
    return [[name, value] as const];
  });
  return { details, members: Object.fromEntries(members) };
}

function readBody({ content, contentType }: DetailSources): Json {
  try {
    return readJson(content ?? new Uint8Array(), contentType);
  } catch (cause) {
    if (cause instanceof HopError && cause.rule === "number_inexact") throw cause;
    throw new HopError("detail_unreadable", { member: "body", cause });
  }
}

function valueAt(from: string, { route, path, query, tool }: DetailSources, body: Json): unknown {
  const [root, ...names] = from.split(".") as [string, string, ...string[]];
  const [name] = names as [string];
  switch (root) {
    case "path":
      return decodeURIComponent(path.split("/")[route.path.split("/").indexOf(`:${name}`)] ?? "");
    case "query": {
      const values = query.filter((parameter) => parameter.name === name);
      // If a name occurs twice, some servers use the first value, some the last.
      if (values.length > 1) throw new HopError("detail_unreadable", { member: from });
      return values[0]?.value;
    }
    case "arguments":
      return tool?.arguments[name];
    default:
      return names.reduce<unknown>((at, each) => memberOf(at, each, from), body);
  }
}

function memberOf(object: unknown, name: string, from: string): unknown {
  if (object === undefined) return undefined;
  if (typeof object !== "object" || object === null || Array.isArray(object))
    throw new HopError("detail_unreadable", { member: from });
  try {
    requirePlainNames(object as Json, [name]);
  } catch (cause) {
    throw new HopError("detail_unreadable", { member: from, cause });
  }
  return Object.hasOwn(object, name) ? (object as Json)[name] : undefined;
}

/** In Cedar's JSON form; undefined if it is absent and optional. */
function readMember(value: unknown, { from, type, min, max }: DetailMember): unknown {
  if (type === "strings" || type === "strings?") return readStrings(value, type, from);
  // Declared arguments have already been read.
  if (from.startsWith("arguments.") && value !== undefined) return value;
  const isText = from.startsWith("path.") || from.startsWith("query.");
  const declared = type === "long" || type === "long?" ? { type, min, max } : type;
  try {
    return readArgument(isText ? fromText(value, type) : value, declared, from);
  } catch (cause) {
    const sent = cause instanceof HopError ? cause.sent : undefined;
    throw new HopError("detail_unreadable", { member: from, sent, cause });
  }
}

function readStrings(value: unknown, type: string, from: string): unknown {
  if (value === undefined && type.endsWith("?")) return undefined;
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new HopError("detail_unreadable", { member: from });
}

/** Path and query contain only text; a number is accepted in one spelling only. */
function fromText(value: unknown, type: string): unknown {
  if (typeof value !== "string" || type.startsWith("string")) return value;
  if (type.startsWith("bool")) return value === "true" || (value === "false" ? false : value);
  const number = Number(value);
  return String(number) === value ? number : value;
}
