/**
 * An MCP server behind the gateway, by the official SDK: two tools, and a provenance for each call. It trusts what the gateway
 * signed and nothing else.
 */
import type { Server } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import express from "express";
import { expressProvenance, type Provenance } from "hopgate/upstream";
import { z } from "zod";

export interface McpOptions {
  /** Where the gateway is, and its id. */
  readonly gateway: string;
  readonly issuer: string;
  /** This server's identifier. */
  readonly audience: string;
  readonly port: number;
}

/** The tools; `provenance` says for whom and through whom each is called. */
function tools({ subject, actors, scopes }: Provenance): McpServer {
  const server = new McpServer({ name: "acme-orders", version: "1.0.0" });
  const through = actors.map(({ sub }) => sub).join(" -> ");
  server.registerTool(
    "get_order",
    { description: "An order", inputSchema: { order: z.string() }, annotations: { readOnlyHint: true } },
    ({ order }) => ({ content: [{ type: "text", text: `order ${order}: 49.90 EUR, for ${subject.sub}` }] }),
  );
  server.registerTool(
    "refund_order",
    { description: "Pays an order back", inputSchema: { order: z.string(), amount: z.number() } },
    ({ order, amount }) => ({
      content: [
        {
          type: "text",
          text: `refunded ${amount} EUR of order ${order}, for ${subject.sub} through ${through} [${scopes.join(" ")}]`,
        },
      ],
    }),
  );
  return server;
}

/** Listens on the loopback. */
export async function startMcpServer({ gateway, issuer, audience, port }: McpOptions): Promise<Server> {
  const app = express();
  app.use(express.json());
  app.use(expressProvenance({ issuer, audience, jwks: `${gateway}/.well-known/jwks.json` }));
  app.post("/mcp", async (request, response) => {
    // Without sessions: each request gets its own server, because each has its own provenance.
    const server = tools((request as typeof request & { provenance: Provenance }).provenance);
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    response.on("close", () => void server.close());
    await server.connect(transport as Parameters<McpServer["connect"]>[0]);
    await transport.handleRequest(request, response, request.body);
  });
  app.all("/mcp", (_, response) => void response.status(405).set("allow", "POST").end());
  return new Promise((resolve) => {
    const listening = app.listen(port, "127.0.0.1", () => resolve(listening));
  });
}
