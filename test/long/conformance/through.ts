/** A gateway before a server, and before the gateway somebody who has a chain: the suite knows nothing of chains. */
import { createServer, request as send } from "node:http";
import { freePort } from "../../../local/free-port.ts";
import { chainNow, proofFor, startWorld } from "../../e2e/harness.ts";
import { listen } from "../../e2e/listen.ts";

const TODAY = "2026-07-28";
const REQUESTS = [
  "resources/read",
  "prompts/get",
  "completion/complete",
  "resources/subscribe",
  "resources/unsubscribe",
  "tasks/update",
  "subscriptions/listen",
];

/** @returns names of what a server's `tools/list` holds */
async function toolsOf(url: string): Promise<string[]> {
  const _meta = { "io.modelcontextprotocol/protocolVersion": TODAY, "io.modelcontextprotocol/clientCapabilities": {} };
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": TODAY,
      "mcp-method": "tools/list",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta } }),
  });
  const { result } = (await answer.json()) as { result: { tools: { name: string }[] } };
  return result.tools.map(({ name }) => name);
}

/** A route that declares all that the server has. @param origin of pages that may call it */
function routeOf(upstream: string, tools: readonly string[], origin: string): string {
  const terms = 'action = "orders:read", scopes = ["orders:read"]';
  const argument = (name: string): string =>
    name === "test_x_mcp_header" ? ', arguments = { region = { type = "string?", header = "Region" } }' : "";
  return `
[[routes]]
id = "judged"
api = "orders-api"
path = "/judged"
upstream = "${upstream}"
audience = "https://judged.acme.example"
sensitivity = "medium"
timeout = 60
cors_origins = ["${origin}"]
[routes.methods]
POST = { action = "mcp:session" }
GET = { action = "mcp:session" }
DELETE = { action = "mcp:session" }
[routes.tools]
${tools.map((name) => `${name} = { ${terms}${argument(name)} }`).join("\n")}
[routes.requests]
${REQUESTS.map((name) => `"${name}" = { ${terms} }`).join("\n")}
`;
}

export interface Through {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param server its origin; it is asked at `/judged` */
export async function startThrough(server: string): Promise<Through> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const tools = await toolsOf(`${server}/judged`);
  const world = await startWorld({
    edit: (config) => config + routeOf(server, tools, origin),
    log: () => undefined,
  });
  const { host, hostname, port: at } = new URL(world.url);
  // One task for all, and a chain that outlasts it: what the server gave out belongs to whoever asks again.
  const claims = { exp: Math.floor(Date.now() / 1000) + 3600 };
  const chain = await chainNow({ 0: { claims: { ...claims, txn: "judged" } }, 1: { claims }, 2: { claims } });

  const forwarder = createServer(async (request, response) => {
    const { method = "GET", url = "/" } = request;
    const dpop = await proofFor(world, chain, { method, path: url });
    const headers = { ...request.headers, host, authorization: `DPoP ${chain}`, dpop };
    const upstream = send({ host: hostname, port: at, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    response.on("close", () => upstream.destroy());
    request.pipe(upstream);
  });
  const { url, stop } = await listen(forwarder, port);
  return {
    url,
    stop: async () => {
      await stop();
      await world.stop();
    },
  };
}
