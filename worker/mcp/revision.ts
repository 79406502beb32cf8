/**
 * The protocol revision of a message: from the header `MCP-Protocol-Version` and, since 2026-07-28, from `_meta`. Pure.
 */
import { HopError } from "../errors.ts";
import type { Json, Message } from "./message.ts";
import { MODERN, REVISIONS, type Revision } from "./methods.ts";

/** Of `_meta` (2026-07-28, Base protocol, section "_meta"). */
export const META = {
  version: "io.modelcontextprotocol/protocolVersion",
  capabilities: "io.modelcontextprotocol/clientCapabilities",
  subscription: "io.modelcontextprotocol/subscriptionId",
  relatedTask: "io.modelcontextprotocol/related-task",
} as const;

/**
 * Without the header a client uses 2025-03-26 (2025-11-25, Transports, 2.7), or is about to initialize: the rules here
 * are the same.
 */
const BEFORE_HEADERS = ["2025-03-26"];

export function metaOf(message: Pick<Message, "params">): Json {
  const meta = isObject(message.params) ? message.params["_meta"] : undefined;
  return isObject(meta) ? meta : {};
}

/**
 * @param told the header `MCP-Protocol-Version`
 * @throws HopError `mirror_mismatch`, `version_unsupported`, `meta_malformed`
 */
export function revisionOf(message: Message, told: string | null): Revision {
  const inside = metaOf(message)[META.version];
  if (inside !== undefined && inside !== told)
    throw new HopError("mirror_mismatch", { member: "mcp-protocol-version" });
  if (told === null || BEFORE_HEADERS.includes(told)) return "2025-06-18";
  const revision = REVISIONS.find((each) => each === told);
  if (revision === undefined) throw new HopError("version_unsupported");
  if (revision === MODERN) requireMeta(message, inside);
  else if (inside !== undefined) throw new HopError("meta_malformed");
  return revision;
}

/** Every request contains what a session would have said once (2026-07-28, Base protocol, 6.1). */
function requireMeta(message: Message, version: unknown): void {
  if (message.method === undefined) throw new HopError("message_unreadable");
  if (message.id === undefined) return;
  if (version === undefined || !isObject(metaOf(message)[META.capabilities])) throw new HopError("meta_malformed");
}

/** Capabilities of the client; clients of earlier revisions sent them only to the server, at the beginning. */
export function canOpenPages(message: Pick<Message, "params">): boolean {
  const capabilities = metaOf(message)[META.capabilities];
  const elicitation = isObject(capabilities) ? capabilities["elicitation"] : undefined;
  return isObject(elicitation) && isObject(elicitation["url"]);
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
