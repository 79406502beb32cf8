/** A real HTTP upstream for the tests: tells what it received, streams, and speaks WebSocket. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import { listen } from "./listen.ts";
import { createOpenIdProvider, type OpenIdProvider } from "./openid.ts";
import { createVendor } from "./vendor.ts";

/** What the upstream saw of one request. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: number;
}

export interface TestUpstream {
  readonly url: string;
  /** Answers of `/jwks/<name>`: a document, or undefined for "down". */
  readonly jwks: Map<string, object | undefined>;
  /** How often each was asked: a key set by its name, everything else by its path. */
  readonly asked: Map<string, number>;
  /** What was posted to `/notices`, with its headers; `noticesDown` answers 503. */
  readonly notices: { readonly headers: Record<string, unknown>; readonly body: string }[];
  noticesDown: boolean;
  /** What was posted to `/otlp/v1/traces` and `/otlp/v1/metrics`. */
  readonly telemetry: { readonly path: string; readonly body: string }[];
  readonly openId: OpenIdProvider;
  /** Code of every WebSocket that ended, in that order. */
  readonly ended: number[];
  /** Resolves an open `/orders/held` response, so that a test decides when the upstream goes on. */
  readonly held: (() => void)[];
  /** How many streams of `/orders/events` are open. */
  readonly streams: { open: number };
  stop(): Promise<void>;
}

/** @param port 0 takes a free one */
export async function startTestUpstream(port = 0): Promise<TestUpstream> {
  const jwks = new Map<string, object | undefined>();
  const asked = new Map<string, number>();
  const held: (() => void)[] = [];
  const streams = { open: 0 };
  const notices: TestUpstream["notices"] = [];
  const telemetry: TestUpstream["telemetry"] = [];
  const openId = await createOpenIdProvider();
  const vendor = createVendor();

  function answerJwks(name: string, response: ServerResponse): void {
    asked.set(name, (asked.get(name) ?? 0) + 1);
    const document = jwks.get(name);
    response.writeHead(document === undefined ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(document ?? {}));
  }

  // A large answer is sent even if a WebSocket was asked for.
  const shouldUpgradeCallback = ({ url }: IncomingMessage): boolean => url !== "/orders/large";
  const server = createServer({ shouldUpgradeCallback }, (request, response) => {
    const path = new URL(request.url ?? "/", "http://upstream").pathname;
    if (path.startsWith("/jwks/")) return answerJwks(path.slice(6), response);
    asked.set(path, (asked.get(path) ?? 0) + 1);
    if (path.startsWith("/op/")) return void openId.serve(`${upstream.url}/op`, request, response);
    if (path.startsWith("/vendor/")) return void vendor(request, response);
    if (path === "/notices") {
      if (upstream.noticesDown) return void response.writeHead(503).end();
      return void text(request).then((body) => {
        notices.push({ headers: request.headers, body });
        response.writeHead(204).end();
      });
    }
    if (path.startsWith("/otlp/")) {
      return void text(request).then((body) => {
        telemetry.push({ path, body });
        response.writeHead(200).end();
      });
    }
    if (path === "/orders/events") return streamEvents(response, held, streams);
    if (path === "/orders/export") return void response.writeHead(200, { "content-type": "text/csv" }).write("first\n");
    if (path === "/orders/echo")
      return void request.pipe(response.writeHead(200, { "content-type": "application/octet-stream" }));
    if (path === "/orders/teapot") return void response.writeHead(418, { "x-upstream": "yes" }).end("short and stout");
    if (path === "/orders/moved") return void response.writeHead(302, { location: "https://elsewhere.example/" }).end();
    if (path === "/orders/held-for-a-second") return void setTimeout(tell, 1000, request, response);
    if (path === "/orders/large") return void response.end(Buffer.alloc(16_777_216));
    if (path.startsWith("/slow/")) return void setTimeout(() => response.end("late"), 3000);
    tell(request, response);
  });
  const sockets = new WebSocketServer({ server, path: "/orders/socket" });
  const ended: number[] = [];
  // Whoever offers a protocol gets it, and a header that no socket needs.
  sockets.on("headers", (headers) => headers.push("X-Upstream: yes"));
  sockets.on("connection", (socket, request) => {
    // No frame is read any more, not even Close; that the connection ends is still noticed.
    const ignoreFrames = (): void => {
      request.socket.removeAllListeners("data").resume();
      socket.send("ignoring");
    };
    socket.on("message", (data, binary) => {
      if (String(data) === "leave") socket.close(4000, "enough");
      else if (String(data) === "ignore") ignoreFrames();
      else if (binary) socket.send(data);
      else socket.send(`${request.headers["hop-subject"]} said ${data}`);
    });
    socket.on("close", (code) => ended.push(code));
  });
  // A vendor and an MCP server that would also speak so, were they asked.
  for (const path of ["/vendor/header/customers/socket", "/mcp"]) {
    const others = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => {
      if (request.url === path) others.handleUpgrade(request, socket, head, (each) => each.send(`hello ${path}`));
    });
  }
  const { url, stop } = await listen(server, port);
  const upstream: TestUpstream = {
    url,
    jwks,
    asked,
    held,
    notices,
    noticesDown: false,
    telemetry,
    openId,
    ended,
    streams,
    stop: async () => {
      sockets.close();
      await stop();
    },
  };
  return upstream;
}

/** Answers with what came in; the body is counted, not kept. */
function tell(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on("end", () => {
    const seen: Seen = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, bytes };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(seen));
  });
}

/** One event at once, the next when the test says so: a buffering gateway would show neither. */
function streamEvents(response: ServerResponse, held: (() => void)[], streams: TestUpstream["streams"]): void {
  streams.open++;
  response.once("close", () => streams.open--);
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("data: first\n\n");
  held.push(() => response.end("data: second\n\n"));
}
