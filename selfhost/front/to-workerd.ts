/** Forwards one request from the caller's connection to workerd's socket, streaming both ways. */
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { headersFor } from "./caller.ts";
import type { Connections } from "./connections.ts";
import { type EndableStream, eventStream } from "./ending.ts";
import { framingOf, isAddressedOnce } from "./head.ts";
import { refuse, ruleOf } from "./refuse.ts";

export interface Workerd {
  readonly connections: Connections;
  /** Secret that proves that this process has set the headers about the caller. */
  readonly secret: string;
}

/** Begins the request to workerd, framed as the caller has framed it. @throws Error if its head cannot be written */
export function askWorkerd(asked: IncomingMessage, workerd: Workerd, toWebSocket: boolean): ClientRequest {
  const { method = "GET", url: path = "/" } = asked;
  const sent = request({ createConnection: workerd.connections.open, method, path, setDefaultHeaders: false });
  for (const [name, values] of headersFor(asked, workerd.secret)) sent.setHeader(name, values);
  if (toWebSocket) sent.setHeader("connection", "Upgrade").setHeader("upgrade", "websocket");
  if (framingOf(asked) === "chunked") sent.setHeader("transfer-encoding", "chunked");
  else sent.removeHeader("transfer-encoding");
  return sent;
}

/** @param streams the open streams, which may have to be ended */
export function forward(
  asked: IncomingMessage,
  answer: ServerResponse,
  workerd: Workerd,
  streams: Set<EndableStream>,
): void {
  const framing = framingOf(asked);
  if (framing === undefined || !isAddressedOnce(asked)) return void refuse(answer, "request_malformed");
  let sent: ClientRequest;
  try {
    sent = askWorkerd(asked, workerd, false);
  } catch {
    return void refuse(answer, "request_malformed");
  }
  sent.on("error", (error) => {
    // An answer that has begun ends with what it is read from; a caller that has left reads none.
    if (!answer.headersSent && !answer.destroyed) refuse(answer, ruleOf(error), error);
  });
  sent.on("response", (got) => {
    // Its body broke off, and it is refused.
    if (answer.headersSent) return void got.destroy();
    // The rest of an unwanted body must not block the connection.
    answer.shouldKeepAlive &&= asked.complete;
    passOn(got, answer, streams);
  });
  // A caller that leaves ends its request to workerd. If it has its answer, the rest of the body is not needed.
  answer.on("close", () => sent.destroy());
  // Without framing there is no body: further bytes would be another request on the connection to workerd.
  if (framing === "none") {
    sent.end();
    return;
  }
  // The answer may arrive and end before the body; the request to workerd reports failures of both.
  sent.flushHeaders();
  asked.pipe(sent);
}

/** @param got the answer of workerd */
export function passOn(got: IncomingMessage, answer: ServerResponse, streams: Set<EndableStream>): void {
  answer.sendDate = false;
  try {
    answer.writeHead(got.statusCode ?? 502, got.statusMessage, endToEnd(got, answer));
  } catch {
    // Node refuses to write a head with control characters.
    got.destroy();
    answer.destroy();
    return;
  }
  answer.flushHeaders();
  const isEvents = /^text\/event-stream/i.test(got.headers["content-type"] ?? "");
  if (!isEvents || got.headers["content-encoding"] !== undefined) {
    pipeline(got, answer, () => undefined);
    return;
  }
  const events = eventStream();
  streams.add(events);
  events.once("end", () => got.destroy());
  got.once("error", () => answer.destroy());
  pipeline(got, events, () => undefined);
  pipeline(events, answer, () => streams.delete(events));
}

/** The headers of an answer, except those of workerd's own connection. */
function endToEnd(got: IncomingMessage, answer: ServerResponse): string[] {
  const headers: string[] = [];
  for (let index = 0; index < got.rawHeaders.length; index += 2) {
    const [name, value] = got.rawHeaders.slice(index, index + 2) as [string, string];
    if (!/^(connection|keep-alive|transfer-encoding|trailer)$/i.test(name)) headers.push(name, value);
  }
  if (!answer.shouldKeepAlive) headers.push("Connection", "close");
  return headers;
}
