/** The server that the suite tests, directly and through the gateway: the official SDK's, in every revision. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import {
  createMcpHandler,
  type EventStore,
  hostHeaderValidationResponse,
  isInitializeRequest,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  McpServer,
  originValidationResponse,
  type ServerNotifier,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { listen } from "../../e2e/listen.ts";
import { registerAnsweringTools } from "./answering.ts";
import { registerAskingTools, STATES } from "./asking.ts";
import { said } from "./content.ts";
import { registerShown } from "./showing.ts";

/** Tools that tell those who listen that a list has changed. */
const CHANGES = { test_trigger_tool_change: "toolsChanged", test_trigger_prompt_change: "promptsChanged" } as const;

function createServerOfAll(notifier: () => ServerNotifier): McpServer {
  const server = new McpServer(
    { name: "judged", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: STATES.verify },
    },
  );
  registerAnsweringTools(server);
  registerAskingTools(server);
  registerShown(server);
  for (const [name, change] of Object.entries(CHANGES))
    server.registerTool(name, { description: "Tells of a change" }, () => {
      notifier()[change]();
      return said("told");
    });
  server.server.setRequestHandler("completion/complete", () => ({
    completion: { values: [], total: 0, hasMore: false },
  }));
  server.server.setRequestHandler("logging/setLevel", () => ({}));
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
  return server;
}

/** Events of one session, so that a client can go on where its stream was closed (SEP-1699). */
function createEventStore(): EventStore {
  const events: { id: string; stream: string; message: Parameters<EventStore["storeEvent"]>[1] }[] = [];
  return {
    storeEvent: async (stream, message) => {
      const id = String(events.push({ id: String(events.length), stream, message }) - 1);
      return id;
    },
    replayEventsAfter: async (last, { send }) => {
      const { stream } = events[Number(last)] ?? { stream: "" };
      for (const each of events.slice(Number(last) + 1))
        if (each.stream === stream && Object.keys(each.message).length > 0) await send(each.id, each.message);
      return stream;
    },
  };
}

export interface JudgedServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startJudgedServer(): Promise<JudgedServer> {
  const today = createMcpHandler(() => createServerOfAll(() => today.notify));
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function openSession(request: Request, parsedBody: unknown): Promise<Response> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEventStore(),
      retryInterval: 500,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await createServerOfAll(() => today.notify).connect(transport);
    return transport.handleRequest(request, { parsedBody });
  }

  async function serve(request: Request): Promise<Response> {
    const refused =
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (refused !== undefined) return refused;
    if (!(await isLegacyRequest(request))) return today.fetch(request);
    const body: unknown = request.method === "POST" ? await request.clone().json() : undefined;
    const id = request.headers.get("mcp-session-id");
    if (id === null && isInitializeRequest(body)) return openSession(request, body);
    const transport = sessions.get(id ?? "");
    if (transport === undefined) return new Response(null, { status: id === null ? 400 : 404 });
    return transport.handleRequest(request, { parsedBody: body });
  }

  const listener = getRequestListener(serve);
  const server = createServer((request, response) => void listener(request, response));
  return listen(server);
}
