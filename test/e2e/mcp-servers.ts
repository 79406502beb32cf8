/**
 * MCP servers for the tests: `/legacy` by the official SDK of 2025-11-25, with sessions; `/today` by that of
 * 2026-07-28; `/raw` answers exactly what the test says.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { getRequestListener } from "@hono/node-server";
import { McpServer as LegacyServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { listen } from "./listen.ts";

/** What the raw server got. */
export interface Got {
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly message: { readonly method?: string; readonly params?: Record<string, unknown>; readonly id?: unknown };
}

export interface McpServers {
  readonly url: string;
  readonly got: Got[];
  /** Answers the next requests to `/raw`. */
  answer: (got: Got, response: ServerResponse) => void;
  /** Streams of `/raw` that their client has left. */
  readonly left: string[];
  stop(): Promise<void>;
}

interface Registering {
  registerTool(
    name: string,
    config: { description: string; inputSchema: z.ZodObject },
    run: (given: Record<string, unknown>) => { content: { type: "text"; text: string }[]; isError?: boolean },
  ): unknown;
}

/** Tools that the gateway's route declares, and one that it does not. */
function registerTools(server: Registering): void {
  const told = (text: string, isError = false) => ({ content: [{ type: "text" as const, text }], isError });
  const money = z.object({ order: z.string(), amount: z.number() });
  server.registerTool(
    "get_order",
    { description: "An order", inputSchema: z.object({ order: z.string() }) },
    ({ order }) => told(`order ${order}`, order === "missing"),
  );
  server.registerTool("drop_tables", { description: "Everything", inputSchema: z.object({}) }, () => told("dropped"));
  server.registerTool("refund_order", { description: "Pays back", inputSchema: money }, ({ order, amount }) =>
    told(`refunded ${amount} of ${order}`),
  );
  server.registerTool("pay_out", { description: "Pays out", inputSchema: z.object({}) }, () => told("paid"));
}

export async function startMcpServers(): Promise<McpServers> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const today = createMcpHandler(() => {
    const server = new McpServer({ name: "today", version: "1.0.0" });
    registerTools(server as unknown as Registering);
    return server;
  });
  const serveToday = getRequestListener((request) => today.fetch(request));

  async function serveLegacy(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const known = sessions.get(String(request.headers["mcp-session-id"]));
    if (known !== undefined) return known.handleRequest(request, response);
    if (request.headers["mcp-session-id"] !== undefined) return void response.writeHead(404).end();
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = new LegacyServer({ name: "legacy", version: "1.0.0" });
    registerTools(server as unknown as Registering);
    await server.connect(transport as Parameters<LegacyServer["connect"]>[0]);
    await transport.handleRequest(request, response);
  }

  async function serveRaw(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const message = body === "" ? {} : (JSON.parse(body) as Got["message"]);
    const got = { method: request.method ?? "", headers: request.headers, message };
    servers.got.push(got);
    response.on("close", () => void servers.left.push(String(message.method)));
    servers.answer(got, response);
  }

  const server = createServer((request, response) => {
    if (request.url === "/today" || request.url === "/pinned") return void serveToday(request, response);
    if (request.url === "/legacy") return void serveLegacy(request, response);
    return void serveRaw(request, response);
  });
  const { url, stop } = await listen(server);
  const servers: McpServers = {
    url,
    got: [],
    left: [],
    answer: (_, response) => void response.writeHead(500).end(),
    stop,
  };
  return servers;
}

/** A route to one of them, up to its methods. */
function routeHead(id: string, upstream: string): string {
  return `
[[routes]]
id = "mcp-${id}"
api = "orders-api"
path = "/${id}"
upstream = "${upstream}"
audience = "https://${id}.acme.example"
sensitivity = "medium"
[routes.methods]`;
}

/** A route whose tools are what `hopgate tools import` printed. */
export function importedRoute(upstream: string, printed: string): string {
  return `${routeHead("pinned", upstream)}
POST = { action = "mcp:session" }
GET = { action = "mcp:session" }
${printed}
`;
}

/** Routes to them, each with the same terms. @param more tools */
export function mcpRoutes(upstream: string, more = ""): string {
  return ["legacy", "today", "raw"]
    .map(
      (id) => `${routeHead(id, upstream)}
POST = { action = "mcp:session" }
GET = { action = "mcp:session" }
DELETE = { action = "mcp:session" }
[routes.tools]
get_order = { action = "orders:read", scopes = ["orders:read"], arguments = { order = { type = "string", header = "Order" } } }
refund_order = { action = "refunds:write", scopes = ["refunds:write"], arguments = { order = "string", amount = "decimal" } }
pay_out = { action = "payouts:write", scopes = ["payouts:write"] }
write_customer = { action = "crm:write", scopes = ["orders:read"] }
${more}
[routes.requests]
"resources/read" = { action = "orders:read", scopes = ["orders:read"], arguments = { uri = "string" } }
"prompts/get" = { action = "crm:write", scopes = ["orders:read"], arguments = { name = "string" } }
`,
    )
    .join("");
}
