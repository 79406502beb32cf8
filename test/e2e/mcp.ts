/** Messages of MCP through the gateway, as a client of each revision sends them. */
import { CAST } from "../vectors/craft.ts";
import { chainNow, proofFor, type World } from "./harness.ts";

export const newTask = (): string => `task-${crypto.randomUUID()}`;

/** A chain for somebody, under a task. */
export const chainFor = (sub: string = CAST.subject, txn: string = newTask(), more: object = {}): Promise<string> =>
  chainNow({ 0: { claims: { sub, txn, ...more } } });

/** What a client's transport is given: every request has the chain and a proof. */
export function fetchWith(world: World, chain: string): (input: string | URL, init?: RequestInit) => Promise<Response> {
  return async (input, init = {}) => {
    const headers = new Headers(init.headers);
    const { pathname } = new URL(input);
    const { method = "GET" } = init;
    headers.set("authorization", `DPoP ${chain}`);
    headers.set("dpop", await proofFor(world, chain, { method, path: pathname }));
    return fetch(input, { ...init, headers });
  };
}

export interface Answer {
  readonly id?: unknown;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Record<string, unknown> };
}

export const CAPABILITIES = { elicitation: { url: {} } };

/**
 * A request of 2026-07-28.
 *
 * @param headers beside, or in place of, those that mirror the body; undefined leaves one out
 */
export async function askToday(
  world: World,
  chain: string,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string | undefined> = {},
  path = "/raw",
): Promise<Response> {
  const { _meta, ...rest } = params;
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": CAPABILITIES,
    ...(_meta as object),
  };
  const name = params["name"] ?? params["uri"] ?? params["taskId"];
  const told = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
    ...(typeof name === "string" && { "mcp-name": name }),
    ...headers,
  };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...rest, _meta: meta } });
  return fetchWith(world, chain)(world.url + path, { method: "POST", headers: present(told), body });
}

/** A request of 2025-11-25. */
export async function askBefore(
  world: World,
  chain: string,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string | undefined> = {},
): Promise<Response> {
  const told = { "content-type": "application/json", "mcp-protocol-version": "2025-11-25", ...headers };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  return fetchWith(world, chain)(`${world.url}/raw`, { method: "POST", headers: present(told), body });
}

export async function answerOf(response: Response): Promise<Answer & { readonly status: number }> {
  return { status: response.status, ...((await response.json()) as Answer) };
}

function present(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
