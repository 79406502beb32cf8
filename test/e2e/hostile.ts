/** A hostile server: it accepts and never answers, answers without end, or stops in the middle. */
import { createServer, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { listen } from "./listen.ts";

export interface HostileServer {
  readonly url: string;
  /** By path: requests, bytes that the reader has taken, connections that are open now. */
  readonly asked: Map<string, number>;
  readonly sent: Map<string, number>;
  readonly open: Map<string, number>;
  /** By path: how many connections were open at once. */
  readonly most: Map<string, number>;
  /** Answers, with 204, what is open at a path. */
  answer(path: string): void;
  stop(): Promise<void>;
}

const CHUNK = Buffer.alloc(65_536, " ");

/** What `/gzip/*` answers, compressed. */
export const TEXT = "what was said, again and again. ".repeat(1000);
export const GZIPPED = gzipSync(TEXT);

/**
 * `/endless/*` answers without end, `/half/*` stops in the middle of a body, `/silent/*` never answers, `/gzip/*` is
 * well-behaved.
 */
export async function startHostileServer(): Promise<HostileServer> {
  const counts = (): Map<string, number> => new Map();
  const [asked, sent, open, most] = [counts(), counts(), counts(), counts()];
  const silent = new Map<ServerResponse, string>();
  const add = (map: Map<string, number>, path: string, more: number): void =>
    void map.set(path, (map.get(path) ?? 0) + more);

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://hostile").pathname;
    add(asked, path, 1);
    add(open, path, 1);
    most.set(path, Math.max(most.get(path) ?? 0, open.get(path) as number));
    response.on("close", () => {
      add(open, path, -1);
      silent.delete(response);
    });
    request.resume();
    if (path.startsWith("/silent/")) return void silent.set(response, path);
    if (path.startsWith("/gzip/"))
      return void response
        .writeHead(200, { "content-encoding": "gzip", "content-length": GZIPPED.length, "content-type": "text/plain" })
        .end(request.method === "HEAD" ? undefined : GZIPPED);
    response.writeHead(200, { "content-type": "application/json" });
    if (path.startsWith("/half/")) return void response.write('{"half":');
    pour(response, (bytes) => add(sent, path, bytes));
  });
  const { url, stop } = await listen(server);
  return {
    url,
    asked,
    sent,
    open,
    most,
    answer: (path) => {
      for (const [response, at] of silent) if (at === path) response.writeHead(204).end();
    },
    stop,
  };
}

/** Writes for as long as somebody reads. */
function pour(response: ServerResponse, tell: (bytes: number) => void): void {
  const more = (): void => {
    while (!response.destroyed) {
      tell(CHUNK.length);
      if (!response.write(CHUNK)) return;
    }
  };
  response.on("drain", more);
  more();
}
