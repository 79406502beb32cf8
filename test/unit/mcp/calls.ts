/** A route to an MCP server, and calls of its tools, as the tests of both read them. */
import type { Tool } from "../../../worker/config.ts";
import type { HopError } from "../../../worker/errors.ts";
import { readMessage } from "../../../worker/mcp/json-rpc.ts";
import type { Revision } from "../../../worker/mcp/methods.ts";
import { toolCallOf } from "../../../worker/mcp/tool-call.ts";

export const TOOLS: Record<string, Tool> = {
  refund: {
    action: "refunds:write",
    scopes: ["refunds:write"],
    arguments: { order: "string", amount: "decimal", count: "long?", rush: "bool?" },
    inputs: { "confirm.amount": "decimal", "confirm.note": "string" },
  },
  list: { action: "orders:read", scopes: [], arguments: {}, inputs: {} },
};

export const REQUESTS: Record<string, Tool> = {
  "resources/read": { action: "orders:read", scopes: ["orders:read"], arguments: { uri: "string" }, inputs: {} },
  "subscriptions/listen": {
    action: "orders:read",
    scopes: ["orders:read"],
    arguments: { resourceSubscriptions: "strings?" },
    inputs: {},
  },
};

export const read = (
  text: string,
  type: string | null = "application/json",
  revision: Revision = "2025-11-25",
  route = { tools: TOOLS, requests: REQUESTS },
) => toolCallOf(readMessage(new TextEncoder().encode(text), type), revision, route);
export const call = (name: string, given: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: given } });

export function ruleOf(text: string): string | undefined {
  try {
    read(text);
    return undefined;
  } catch (error) {
    return (error as HopError).rule;
  }
}
