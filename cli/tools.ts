/** Turns an MCP server's list of tools into a route's declarations, and into Cedar types of their arguments. Pure. */
import canonicalize from "canonicalize";
import { stringify } from "smol-toml";
import type { Argument } from "../worker/config/tools.ts";
import { sha256 } from "./hash.ts";

export interface ListedTool {
  readonly name: string;
  readonly inputSchema: { readonly properties?: Record<string, Property>; readonly required?: readonly string[] };
}

interface Property {
  readonly type?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly items?: { readonly type?: unknown };
  readonly "x-mcp-header"?: unknown;
}

export interface Imported {
  readonly action: string;
  readonly scopes: readonly string[];
  readonly arguments: Record<string, Argument>;
  readonly pin: string | readonly string[];
}

/** Valid names of tools: none that TOML, Cedar or a terminal could read as something else. */
const NAME = /^[A-Za-z0-9_./-]{1,128}$/;

/** Types of JSON Schema that policies can use. */
const TYPES: Readonly<Record<string, "string" | "long" | "bool" | "decimal">> = {
  string: "string",
  integer: "long",
  boolean: "bool",
  number: "decimal",
};

const CEDAR: Readonly<Record<string, string>> = {
  string: "String",
  long: "Long",
  bool: "Bool",
  decimal: "decimal",
  strings: "Set<String>",
};

/** Computed like the gateway does, from the element of `tools/list`. */
export function pinOf(tool: ListedTool): string {
  return Buffer.from(sha256(new TextEncoder().encode(canonicalize(tool) as string))).toString("base64url");
}

/**
 * @param tools in one revision of the protocol
 * @param others the same tools in other revisions: if they differ, both are pinned
 * @param action of all tools; without one each has its own, and a scope of that name
 * @throws Error, with the tool whose name cannot be declared
 */
export function importTools(
  tools: readonly ListedTool[],
  others: readonly ListedTool[],
  action: string | undefined,
): Record<string, Imported> {
  return Object.fromEntries(
    tools.map((tool) => {
      if (!NAME.test(tool.name))
        throw new Error(`a tool has a name that cannot be declared: ${JSON.stringify(tool.name)}`);
      const own = action ?? `tools:${tool.name}`;
      const told = [tool, ...others.filter(({ name }) => name === tool.name)];
      const [pin, ...more] = [...new Set(told.map(pinOf))] as [string, ...string[]];
      const pins = more.length === 0 ? pin : [pin, ...more];
      return [tool.name, { action: own, scopes: [own], arguments: argumentsOf(tool), pin: pins }];
    }),
  );
}

/** Arguments that policies cannot see: objects, lists of anything but strings, several types. */
export function unseenArguments({ inputSchema: { properties = {} } }: ListedTool): string[] {
  return Object.keys(properties).filter((name) => typeOf(properties[name] as Property) === undefined);
}

function argumentsOf({ inputSchema: { properties = {}, required = [] } }: ListedTool): Record<string, Argument> {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) => {
      const type = typeOf(property);
      return type === undefined ? [] : [[name, argumentOf(property, type, required.includes(name))] as const];
    }),
  );
}

function typeOf({ type, items }: Property): keyof typeof CEDAR | undefined {
  if (type === "array") return items?.type === "string" ? "strings" : undefined;
  return typeof type === "string" && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
}

function argumentOf(property: Property, type: string, isRequired: boolean): Argument {
  const declared = (isRequired ? type : `${type}?`) as Extract<Argument, string>;
  const { minimum, maximum, "x-mcp-header": header } = property;
  const bounds = type === "long" ? { ...bound("min", minimum), ...bound("max", maximum) } : {};
  const mirrored = typeof header === "string" ? { header: header.toLowerCase() } : {};
  const more = { ...bounds, ...mirrored };
  return Object.keys(more).length === 0 ? declared : ({ type: declared, ...more } as Argument);
}

function bound(name: "min" | "max", value: unknown): object {
  return Number.isSafeInteger(value) ? { [name]: value } : {};
}

/** The declarations of a route, to be put after its `[[routes]]`. */
export function toToml(tools: Record<string, Imported>): string {
  return stringify({ routes: { tools } }).replace(/^\[routes(\.tools)?\]\n+/gm, "");
}

/** @throws Error if tools have arguments of the same name with different types, which Cedar's record cannot express */
export function toCedar(tools: Record<string, Imported>): string {
  const types = new Map<string, string>();
  for (const [tool, { arguments: declared }] of Object.entries(tools)) {
    for (const [name, argument] of Object.entries(declared)) {
      const type = CEDAR[(typeof argument === "string" ? argument : argument.type).replace("?", "")] as string;
      const known = types.get(name) ?? type;
      if (known !== type) throw new Error(`\`${name}\` of \`${tool}\` is ${type}, and ${known} of another tool`);
      types.set(name, type);
    }
  }
  const members = [...types].map(([name, type]) => `${JSON.stringify(name)}?: ${type}`);
  const actions = [...new Set(Object.values(tools).map(({ action }) => JSON.stringify(action)))];
  return [
    `type Arguments = { ${members.join(", ")} };`,
    ...actions.map(
      (action) =>
        `action ${action} appliesTo { principal: [Workload, ToldWorkload], resource: Route, context: Chain };`,
    ),
    "",
  ].join("\n");
}
