/** A WebSocket: the opening goes to workerd as every request does, then bytes pass both ways. */
import { type ClientRequest, type IncomingMessage, ServerResponse } from "node:http";
import { type Duplex, pipeline } from "node:stream";
import type { Rule } from "../../worker/rules.ts";
import { type EndableStream, webSocketToCaller } from "./ending.ts";
import { isAddressedOnce } from "./head.ts";
import { refuse } from "./refuse.ts";
import { askWorkerd, passOn, type Workerd } from "./to-workerd.ts";

/** Milliseconds that a caller has to answer the gateway's Close frame. */
const CLOSE_MS = 1000;

/** @param socket of the caller, from which `head` was read already */
export function open(
  asked: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  workerd: Workerd,
  streams: Set<EndableStream>,
): void {
  socket.on("error", () => socket.destroy());
  if (!isAddressedOnce(asked)) return void refuseUpgrade(asked, socket, "request_malformed");
  let sent: ClientRequest;
  try {
    sent = askWorkerd(asked, workerd, true);
  } catch {
    return void refuseUpgrade(asked, socket, "request_malformed");
  }
  let isAnswered = false;
  sent.on("error", () => {
    if (isAnswered || !socket.writable) socket.destroy();
    else refuseUpgrade(asked, socket, "gateway_stopping");
  });
  sent.on("response", (got) => {
    isAnswered = true;
    passOn(got, answerOn(asked, socket), streams);
  });
  sent.on("upgrade", (got, inner, first) => {
    isAnswered = true;
    socket.write(headOf(got));
    join(socket, inner, { head, first }, streams);
  });
  socket.on("close", () => sent.destroy());
  sent.end();
}

/** @param read what was read of either side with its head */
function join(
  socket: Duplex,
  inner: Duplex,
  read: { readonly head: Buffer; readonly first: Buffer },
  streams: Set<EndableStream>,
): void {
  const toCaller = webSocketToCaller();
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

/** Writes one answer to a socket on which nothing was opened, and closes it. */
function answerOn(asked: IncomingMessage, socket: Duplex): ServerResponse {
  const answer = new ServerResponse(asked);
  answer.shouldKeepAlive = false;
  answer.assignSocket(socket as never);
  answer.on("finish", () => socket.end());
  return answer;
}

export function refuseUpgrade(asked: IncomingMessage, socket: Duplex, rule: Rule): void {
  refuse(answerOn(asked, socket), rule);
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
