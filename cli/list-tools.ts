/** Lists the tools of an MCP server directly, not through the gateway, in the current and the previous revision. */
import type { ListedTool } from "./tools.ts";

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "hopgate", version: "0.1.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** Most pages that are fetched, in case a list never ends. */
const MOST_PAGES = 100;

interface Answer {
  readonly result?: { readonly tools?: readonly ListedTool[]; readonly nextCursor?: string };
  readonly error?: { readonly message?: string };
}

/** The server's list in each revision that it supports, the current one first. */
export interface Listed {
  readonly today: readonly ListedTool[];
  readonly before: readonly ListedTool[];
}

/** @param headers such as the server's own credential */
export async function listTools(url: string, headers: Readonly<Record<string, string>>): Promise<Listed> {
  const [today, before] = [await listToday(url, headers), await listBefore(url, headers)];
  if (today.length === 0 && before.length === 0) throw new Error("the server lists no tools");
  return { today, before };
}

async function listToday(url: string, headers: Readonly<Record<string, string>>): Promise<ListedTool[]> {
  const mirrored = { ...headers, "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
  const page = (cursor?: string) => ask(url, "tools/list", { ...(cursor && { cursor }), _meta: META }, mirrored);
  const { answer } = await page();
  return answer.result?.tools === undefined ? [] : pages(answer, page);
}

async function listBefore(url: string, headers: Readonly<Record<string, string>>): Promise<ListedTool[]> {
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "hopgate", version: "0.1.0" } };
  const { session, answer } = await ask(url, "initialize", hello, headers);
  if (answer.result === undefined) return [];
  const known = {
    ...headers,
    "mcp-protocol-version": "2025-11-25",
    ...(session !== null && { "mcp-session-id": session }),
  };
  await ask(url, "notifications/initialized", undefined, known);
  const page = (cursor?: string) => ask(url, "tools/list", { ...(cursor && { cursor }) }, known);
  return pages((await page()).answer, page);
}

async function pages(first: Answer, next: (cursor: string) => Promise<{ answer: Answer }>): Promise<ListedTool[]> {
  const tools: ListedTool[] = [];
  let page = first;
  for (let count = 0; count < MOST_PAGES; count += 1) {
    if (page.result?.tools === undefined) throw new Error(`the server refuses: ${page.error?.message ?? "no tools"}`);
    tools.push(...page.result.tools);
    const { nextCursor } = page.result;
    if (nextCursor === undefined) return tools;
    page = (await next(nextCursor)).answer;
  }
  throw new Error(`the server lists more than ${MOST_PAGES} pages`);
}

async function ask(
  url: string,
  method: string,
  params: object | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly answer: Answer; readonly session: string | null }> {
  const isRequest = params !== undefined;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
    body: JSON.stringify({ jsonrpc: "2.0", ...(isRequest && { id: 1, params }), method }),
  });
  const text = await response.text();
  return { answer: isRequest ? answerIn(text) : {}, session: response.headers.get("mcp-session-id") };
}

/** The answer: the body, or the message of a stream with the request's id. */
function answerIn(text: string): Answer {
  const messages = text.startsWith("{")
    ? [text]
    : text.split("\n").flatMap((line) => /^data: ?(\{.*)$/.exec(line)?.[1] ?? []);
  const read = messages.map((message) => JSON.parse(message) as Answer & { readonly id?: unknown });
  return read.find(({ id }) => id === 1) ?? {};
}
