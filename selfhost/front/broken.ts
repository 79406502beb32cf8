/** Refuses what Node can no longer parse as HTTP, or what takes too long, and ends its connection. */
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * By codes of Node's errors. Errors of the connection itself and of TLS have other codes, and nobody could read an
 * answer.
 */
const ANSWERS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function answerTo(code: string): number | undefined {
  return ANSWERS[code] ?? (code.startsWith("HPE_") ? 400 : undefined);
}

/**
 * Refuses a request that breaks off, and closes its connection. Invalid data after a complete request that is still
 * being answered is ignored: a refusal would look like that request's answer.
 */
export function closeBroken(server: Server): void {
  const last = new WeakMap<Duplex, { readonly asked: IncomingMessage; readonly answer: ServerResponse }>();
  server.prependListener("request", (asked, answer) => void last.set(asked.socket, { asked, answer }));
  server.on("clientError", ({ code = "" }: NodeJS.ErrnoException, socket) => {
    const current = last.get(socket);
    const answer = current?.answer.writableFinished === false ? current.answer : undefined;
    if (socket.writable && answer !== undefined && current?.asked.complete) {
      answer.shouldKeepAlive = false;
      return;
    }
    const status = answerTo(code);
    if (status === undefined || !socket.writable || answer?.headersSent) return void socket.destroy();
    if (answer === undefined) {
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
      (socket as Socket).destroySoon();
      return;
    }
    // Each chunk that the parser got after this would be an error again.
    socket.pause();
    answer.writeHead(status, { connection: "close" }).end();
  });
}
