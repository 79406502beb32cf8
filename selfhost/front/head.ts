/**
 * Refuses heads that this process and workerd would read differently, and finds those that open a WebSocket (RFC 9112,
 * sections 3.2 and 6). Pure.
 */
import type { IncomingMessage } from "node:http";

/** How the body is framed: by its length, in chunks, or not at all. */
export type Framing = "length" | "chunked" | "none";

/** @returns undefined if the request must be refused: Node accepts versions and codings that the gateway does not */
export function framingOf({ headers, httpVersion }: IncomingMessage): Framing | undefined {
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return undefined;
  const coding = headers["transfer-encoding"];
  if (coding === undefined) return headers["content-length"] === undefined ? "none" : "length";
  return coding.toLowerCase() === "chunked" && httpVersion === "1.1" ? "chunked" : undefined;
}

/**
 * Whether the target names no host, or the one in `Host`; a target in absolute form could name another (section 3.2.2).
 */
export function isAddressedOnce({ url = "/", headers }: IncomingMessage): boolean {
  if (url.startsWith("/") || url === "*") return true;
  return URL.parse(url)?.host === headers.host?.toLowerCase();
}

/**
 * Other upgrades are ignored, as section 7.8 of RFC 9110 allows; also those of requests with a body, which would be
 * read as frames.
 */
export function opensWebSocket(asked: IncomingMessage): boolean {
  return asked.method === "GET" && asked.headers.upgrade?.toLowerCase() === "websocket" && framingOf(asked) === "none";
}
