/** An authorization server to test: a gateway, a company's OpenID provider, an MCP server, and clients. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { decodeJwt } from "jose";
import { z } from "zod";
import { type Browser, openBrowser, type Page } from "../../examples/browser.ts";
import { type Company, startCompany } from "../../examples/company.ts";
import { freePort } from "../../local/free-port.ts";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import { ADMIN_TOKEN, startWorld, type World } from "./harness.ts";
import { listen } from "./listen.ts";

/** What anybody may do whose name is known or told, by the ways of these tests. */
const POLICIES = `
@id("the-door")
permit (principal, action, resource == Route::"mcp");
@id("the-other")
permit (principal, action, resource == Route::"other");
@id("no-told-refunds")
@reason("a client that nobody vouches for makes no refunds")
forbid (principal is ToldWorkload, action == Action::"refunds:write", resource == Route::"mcp")
unless { context has possession && context.possession == "dpop" };
`;

export const CALLBACK = "http://127.0.0.1:4711/callback";

export interface Door {
  readonly world: World;
  readonly url: string;
  /** The MCP server's URL at the gateway. */
  readonly mcp: string;
  readonly company: Company;
  /** Where client metadata documents are; what a path answers. */
  readonly documents: Documents;
  stop(): Promise<void>;
}

export interface Documents {
  readonly url: string;
  readonly host: string;
  readonly answers: Map<string, (response: ServerResponse, request: IncomingMessage) => void>;
  /** How often each path was asked. */
  readonly asked: Map<string, number>;
}

export interface DoorOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly signIn?: string;
  /** Whose documents are taken beside the tests' own. */
  readonly clientHosts?: readonly string[];
  readonly log?: (line: string) => void;
  /** More of the configuration. */
  configure?(door: Pick<Door, "url" | "company">): string;
  readonly policies?: string;
  readonly secrets?: Readonly<Record<string, string>>;
}

export async function startDoor(more: DoorOptions = {}): Promise<Door> {
  const port = more.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const company = await startCompany([`${url}/oauth/callback`, `${url}/console/callback`]);
  const documents = await startDocuments();
  const server = await startServer();
  const route = (id: string, path: string): string => `
[[routes]]
id = "${id}"
api = "orders-api"
path = "${path}"
upstream = "${server.url}"
audience = "https://${id}.upstream.example"
sensitivity = "low"
actors = "told"
proof = ["dpop", "bearer"]
cors_origins = ["https://app.example"]
[routes.methods]
POST = { action = "mcp:session", scopes = ["orders:read"] }
GET = { action = "mcp:session", scopes = ["orders:read"] }
DELETE = { action = "mcp:session", scopes = ["orders:read"] }
[routes.tools]
get_order = { action = "orders:read", scopes = ["orders:read"], arguments = { order = "string" } }
refund_order = { action = "refunds:write", scopes = ["refunds:write"], arguments = { order = "string", amount = "decimal" } }
`;
  const world = await startWorld({
    port,
    withoutPolicies: true,
    ...(more.log && { log: more.log }),
    ...(more.secrets && { secrets: more.secrets }),
    edit: (config) =>
      `${config
        .replace(/^id = "[^"]*"/m, `id = "${url}"`)
        .replace(/issuer = "[^"]*\/op"/, `issuer = "${company.issuer}"`)
        .replace(/path = "\/mcp"/, 'path = "/tools"')
        .replace(
          "[oauth]\n",
          `[oauth]\nsign_in = { client_hosts = ${JSON.stringify([documents.host, ...(more.clientHosts ?? [])])}, registrations = 100, words = { "orders:read" = "Read your orders" }${more.signIn ?? ""} }\n`,
        )}${route("mcp", "/mcp")}${route("other", "/other")}${more.configure?.({ url, company }) ?? ""}`,
  });
  const files = await readPolicyFiles("policies");
  const policies = { ...files, cedarText: `${files.cedarText}\n${POLICIES}\n${more.policies ?? ""}` };
  await publishPolicies(policies, { gateway: url, adminToken: ADMIN_TOKEN }, world.publisher);
  return {
    world,
    url,
    mcp: `${url}/mcp`,
    company,
    documents,
    stop: async () => {
      await world.stop();
      await Promise.all([company.stop(), documents.stop(), server.stop()]);
    },
  };
}

async function startDocuments() {
  const answers: Documents["answers"] = new Map();
  const asked: Documents["asked"] = new Map();
  const { url, stop } = await listen(
    createServer((request, response) => {
      const path = request.url ?? "";
      asked.set(path, (asked.get(path) ?? 0) + 1);
      const answer = answers.get(path);
      if (answer === undefined) response.writeHead(404).end();
      else answer(response, request);
    }),
  );
  return { url, host: new URL(url).host, answers, asked, stop };
}

/** Publishes a client metadata document. @returns the client's id */
export function publish(
  { documents }: Door,
  path: string,
  more: object = {},
  headers: Record<string, string> = {},
): string {
  const id = documents.url + path;
  const document = { client_id: id, client_name: "Order Helper", redirect_uris: [CALLBACK], ...more };
  documents.answers.set(path, (response) =>
    response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(document)),
  );
  return id;
}

/** An MCP server by the official SDK. It trusts the gateway, and tells whom it was called for. */
async function startServer() {
  return listen(
    createServer((request, response) => {
      void (async () => {
        const claims = decodeJwt((request.headers.authorization ?? "").replace(/^Bearer /, ""));
        const server = new McpServer({ name: "orders", version: "1.0.0" });
        server.registerTool("get_order", { inputSchema: { order: z.string() } }, ({ order }) => ({
          content: [{ type: "text", text: JSON.stringify({ order, claims }) }],
        }));
        server.registerTool(
          "refund_order",
          { inputSchema: { order: z.string(), amount: z.number() } },
          ({ order }) => ({
            content: [{ type: "text", text: JSON.stringify({ refunded: order, claims }) }],
          }),
        );
        if (request.method !== "POST") return void response.writeHead(405, { allow: "POST" }).end();
        const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
        response.on("close", () => void server.close());
        await server.connect(transport as Parameters<McpServer["connect"]>[0]);
        await transport.handleRequest(request, response);
      })();
    }),
  );
}

export interface Asking {
  readonly client: string;
  readonly verifier: string;
  readonly url: string;
  readonly state: string;
}

/** The address to which a client sends a person. @param change parameters; undefined leaves one out */
export async function ask(
  { url, mcp }: Door,
  client: string,
  change: Readonly<Record<string, string | undefined>> = {},
): Promise<Asking> {
  const verifier = `${crypto.randomUUID()}${crypto.randomUUID()}`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const state = crypto.randomUUID();
  const all: Record<string, string | undefined> = {
    response_type: "code",
    client_id: client,
    redirect_uri: CALLBACK,
    code_challenge: Buffer.from(digest).toString("base64url"),
    code_challenge_method: "S256",
    scope: "orders:read",
    resource: mcp,
    state,
    ...change,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { client, verifier, state, url: `${url}/oauth/authorize?${new URLSearchParams(given)}` };
}

/** @param stopsAt where it need not go, beside the clients' addresses */
export function newBrowser(stopsAt: (url: URL) => boolean = () => false): Browser {
  return openBrowser((url) => url.port === "4711" || url.port === "4712" || url.protocol !== "http:" || stopsAt(url));
}

/** What the person's browser brings to the client's address. */
export const broughtBy = ({ url }: Page): Record<string, string> => Object.fromEntries(url.searchParams);

export function allow(browser: Browser, page: Page, scopes: string[] = ["orders:read"]): Promise<Page> {
  return browser.send(page, "/oauth/authorize", { decision: "allow", scope: scopes });
}

/** A person allows what a client asks. @returns the code */
export async function codeFor(browser: Browser, asking: Asking, scopes?: string[]): Promise<string> {
  const page = await browser.go(asking.url);
  if (page.status !== 200) throw new Error(`${page.status}: ${page.text}`);
  const { code } = broughtBy(await allow(browser, page, scopes));
  if (code === undefined) throw new Error("no code came back");
  return code;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly scope: string;
  readonly expires_in: number;
}

export function redeem(
  { url, mcp }: Door,
  asking: Asking,
  code: string,
  change: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = {
    grant_type: "authorization_code",
    client_id: asking.client,
    code,
    redirect_uri: CALLBACK,
    code_verifier: asking.verifier,
    resource: mcp,
    ...change,
  };
  return fetch(`${url}/oauth/token`, { method: "POST", headers, body: new URLSearchParams(body) });
}

export function renew(
  { url }: Door,
  client: string,
  token: string,
  change: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = { grant_type: "refresh_token", client_id: client, refresh_token: token, ...change };
  return fetch(`${url}/oauth/token`, { method: "POST", headers, body: new URLSearchParams(body) });
}

export async function tokensOf(answer: Response): Promise<Tokens> {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Tokens;
}

/** A call of a tool with a token. */
export function callTool(
  url: string,
  token: string,
  { name = "get_order", headers = {} }: { readonly name?: string; readonly headers?: Record<string, string> } = {},
): Promise<Response> {
  const params = { name, arguments: { order: "17", ...(name === "refund_order" && { amount: 5 }) } };
  return fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
  });
}
