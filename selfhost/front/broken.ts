/** What follows on a connection that Node can no longer read as HTTP, or that takes too long. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** By codes of Node's errors. Errors of the connection itself, and of TLS, have others: nobody reads an answer to them. */
const ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

function answerTo(code: string): string | undefined {
  return ANSWERS[code] ?? (code.startsWith("HPE_") ? "400 Bad Request" : undefined);
}

/**
 * Refuses a request that breaks off, and closes its connection. What follows a whole request while that is being answered is ignored instead:
 * a refusal would be read as its answer, and it may have been done.
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
    if (status !== undefined && socket.writable && !answer?.headersSent)
      socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    socket.destroy();
  });
}
