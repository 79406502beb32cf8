/**
 * A sub-agent, reached as A2A agents are (agent card, JSON-RPC `message/send`). With the message comes a chain whose last hop
 * names this agent and its key: that is all it may do, and only it can use it. It calls tools by MCP.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { chainFetch, newKey, publicPart } from "hopgate/client";

const REFUND_AGENT = "spiffe://acme.example/services/refunds";
/** Under which name a message carries the chain. */
export const CHAIN = "https://hopgate.dev/a2a/chain";

/** A message of A2A, as far as this example goes. */
export interface AgentMessage {
  readonly parts: readonly {
    readonly kind: "data";
    readonly data: { readonly order: string; readonly amount: number };
  }[];
  readonly metadata: { readonly [CHAIN]: string };
}

/** Listens on a free port of the loopback. @param tools the MCP server, behind the gateway */
export async function startRefundAgent(tools: string): Promise<{ url: string; server: Server }> {
  const key = await newKey();
  const card = {
    name: "Refunds",
    description: "Pays orders back",
    skills: [{ id: "refund", name: "Refund an order" }],
    // What a caller needs to delegate: who this agent is, and its key.
    [CHAIN]: { uri: REFUND_AGENT, jwk: publicPart(key) },
  };
  const server = createServer(async (request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url === "/.well-known/agent-card.json") return void response.end(JSON.stringify(card));
    const { id, params } = (await json(request)) as { id: unknown; params: { message: AgentMessage } };
    const text = await refund(params.message).catch((error: unknown) => `not done: ${(error as Error).message}`);
    const result = { kind: "message", role: "agent", parts: [{ kind: "text", text }] };
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });

  async function refund({ parts, metadata }: AgentMessage): Promise<string> {
    const client = new Client({ name: "refund-agent", version: "1.0.0" });
    const fetch = chainFetch({ chain: metadata[CHAIN], key });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(tools), { fetch }) as Parameters<Client["connect"]>[0],
    );
    try {
      const { content } = await client.callTool({ name: "refund_order", arguments: { ...parts[0]?.data } });
      return (content as { text: string }[]).map((each) => each.text).join("\n");
    } finally {
      await client.close();
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
