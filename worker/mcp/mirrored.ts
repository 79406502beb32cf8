/**
 * Headers that mirror the body (2026-07-28, Streamable HTTP, "Request Metadata"): a server that reads the body refuses
 * a request whose headers differ, because intermediaries use the headers. Pure.
 */
import { HopError } from "../errors.ts";
import type { Json, Message } from "./message.ts";
import { METHODS } from "./methods.ts";
import { isObject } from "./revision.ts";

/** A parameter that a header mirrors: the argument's name, and the header's after `mcp-param-`, in lower case. */
export interface MirroredArgument {
  readonly argument: string;
  readonly header: string;
}

const PARAMETER = "mcp-param-";

/** Checks the headers of every request, before its method. @throws HopError `mirror_mismatch` */
export function requireMirrored(headers: Headers, message: Message): void {
  if (message.id === undefined) return;
  requireSame("mcp-method", headers.get("mcp-method"), message.method as string);
  const name = nameOf(message);
  if (name !== undefined) requireSame("mcp-name", decode(headers.get("mcp-name")), name);
}

/** @param mirrored the arguments of the tool that have headers @throws HopError `mirror_mismatch` */
export function requireMirroredArguments(
  headers: Headers,
  message: Message,
  mirrored: readonly MirroredArgument[],
): void {
  const given = argumentsOf(message);
  for (const { argument, header } of mirrored) {
    const value = Object.hasOwn(given, argument) ? given[argument] : undefined;
    const told = decode(headers.get(PARAMETER + header));
    if (!isSameValue(told, value ?? undefined)) throw mismatch(PARAMETER + header);
  }
}

/**
 * The headers for the server, made from the body. Those of parameters are passed on, and checked if the gateway knows
 * them.
 */
export function mirroredHeaders(message: Message, inbound: Headers): [string, string][] {
  const name = nameOf(message);
  return [
    ["mcp-method", message.method as string],
    ...(name === undefined ? [] : [["mcp-name", encode(name)] as [string, string]]),
    ...[...inbound].filter(([each]) => each.startsWith(PARAMETER)),
  ];
}

/** The value of `Mcp-Name` for a message. */
function nameOf({ method, params }: Message): string | undefined {
  const named = method !== undefined && Object.hasOwn(METHODS, method) ? METHODS[method]?.named : undefined;
  const name = named !== undefined && isObject(params) ? params[named] : undefined;
  return typeof name === "string" ? name : undefined;
}

function argumentsOf({ params }: Message): Json {
  const given = isObject(params) ? params["arguments"] : undefined;
  return isObject(given) ? given : {};
}

function requireSame(header: string, told: string | null | undefined, value: string): void {
  if (told !== value) throw mismatch(header);
}

function isSameValue(told: string | null | undefined, value: unknown): boolean {
  if (value === undefined) return told === null;
  if (typeof told !== "string") return false;
  // Whole numbers are compared as numbers: `42.0` is 42.
  if (typeof value === "number") return /^-?\d{1,16}(\.0+)?$/.test(told) && Number(told) === value;
  return told === String(value);
}

function mismatch(header: string): HopError {
  return new HopError("mirror_mismatch", { member: header });
}

const [BEGIN, END] = ["=?base64?", "?="] as const;

/** The value of a header; null if there is none, undefined if it is malformed. */
function decode(value: string | null): string | null | undefined {
  if (value === null || !(value.startsWith(BEGIN) && value.endsWith(END))) return value;
  try {
    const bytes = Uint8Array.from(atob(value.slice(BEGIN.length, -END.length)), (each) => each.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encode(value: string): string {
  const isPlain =
    /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !(value.startsWith(BEGIN) && value.endsWith(END));
  if (isPlain) return value;
  const bytes = new TextEncoder().encode(value);
  return `${BEGIN}${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}${END}`;
}
