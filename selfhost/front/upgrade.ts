/** A WebSocket: the opening is forwarded like every request, then bytes pass both ways. */
import { type ClientRequest, type IncomingMessage, ServerResponse } from "node:http";
import { type Duplex, pipeline } from "node:stream";
import { type EndableStream, webSocketToCaller } from "./ending.ts";
import { isAddressedOnce } from "./head.ts";
import { refuse, ruleOf } from "./refuse.ts";
import { askWorkerd, passOn, type Workerd } from "./to-workerd.ts";

/** Milliseconds that a caller has to answer a Close frame, as long as an upstream has (worker/gateway/socket.ts). */
const CLOSE_MS = 2000;

/**
 * Makes an answer object on the connection of an upgrade request, which is closed after the answer. Node has removed
 * its own listeners from the connection, so those for errors and for drain are set again here.
 *
 * @returns undefined if an earlier answer on the connection is not finished, because the caller did not wait for it;
 * the connection is closed
 */
export function answerOf(asked: IncomingMessage): ServerResponse | undefined {
  const { socket } = asked;
  socket.on("error", () => socket.destroy());
  const answer = new ServerResponse(asked);
  answer.shouldKeepAlive = false;
  try {
    answer.assignSocket(socket);
  } catch {
    socket.destroy();
    return undefined;
  }
  socket.on("drain", () => answer.emit("drain"));
  // `end` would leave it open: as nobody reads from it, closing by the caller would go unnoticed.
  answer.on("finish", () => socket.destroySoon());
  return answer;
}

/**
 * @param answer made by `answerOf`
 * @param head bytes from the caller that were read after the request
 */
export function open(
  asked: IncomingMessage,
  answer: ServerResponse,
  head: Buffer,
  workerd: Workerd,
  streams: Set<EndableStream>,
): void {
  const { socket } = asked;
  if (!isAddressedOnce(asked)) return void refuse(answer, "request_malformed");
  let sent: ClientRequest;
  try {
    sent = askWorkerd(asked, workerd, true);
  } catch {
    return void refuse(answer, "request_malformed");
  }
  let isAnswered = false;
  sent.on("error", (error) => {
    if (isAnswered || !socket.writable) socket.destroy();
    else refuse(answer, ruleOf(error), error);
  });
  sent.on("response", (got) => {
    isAnswered = true;
    passOn(got, answer, streams);
  });
  sent.on("upgrade", (got, inner, first) => {
    isAnswered = true;
    answer.detachSocket(socket);
    socket.write(headOf(got));
    join(socket, inner, { head, first }, streams);
  });
  socket.on("close", () => sent.destroy());
  sent.end();
  // For its header `Connection: Upgrade`, Node would keep the connection open after an answer other than 101.
  sent.shouldKeepAlive = false;
}

/** @param read bytes that were read together with each side's head */
function join(
  socket: Duplex,
  inner: Duplex,
  read: { readonly head: Buffer; readonly first: Buffer },
  streams: Set<EndableStream>,
): void {
  const toCaller = webSocketToCaller(() => {
    // workerd waits for a caller that ignores the frame for as long as that is connected.
    setTimeout(() => socket.destroy(), CLOSE_MS).unref();
  });
  streams.add(toCaller);
  if (read.head.length > 0) inner.write(read.head);
  if (read.first.length > 0) toCaller.write(read.first);
  const over = (): void => {
    streams.delete(toCaller);
    setTimeout(() => socket.destroy(), CLOSE_MS).unref();
    inner.destroy();
  };
  inner.on("error", over);
  pipeline(inner, toCaller, () => undefined);
  pipeline(toCaller, socket, over);
  socket.pipe(inner);
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
