/**
 * A WebSocket between caller and upstream. Each gets what the other sends. It ends for both when one side leaves, when
 * the chain that opened it is no longer valid, when too much is sent to a side, or when it is idle.
 */
import type { SocketEnd, VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { createBudget, sizeOf } from "./socket-budget.ts";
import { type Watching, watchChain } from "./watch-chain.ts";

/** Status codes that may be sent (RFC 6455, section 7.4; the others stand for the absence of a close frame). */
const isSendable = (code: number): boolean => code >= 1000 && code < 5000 && ![1004, 1005, 1006, 1015].includes(code);
/** Sent to the other side instead of a code that cannot be sent: the endpoint is going away. */
const GOING_AWAY = 1001;
/** Without a close frame. */
const ABNORMAL = 1006;
/** Milliseconds that the upstream has to answer a Close frame; a client may then disconnect (RFC 6455, section 7.1.1). */
const CLOSE_MS = 2000;

/**
 * The close codes that say why the gateway ended the socket. 1013, try again later, is in the registry of RFC 6455,
 * section 11.7.
 */
const CODES: Readonly<Record<NonNullable<SocketEnd["rule"]>, number>> = {
  expired: 1008,
  revoked: 1008,
  actor_disabled: 1008,
  actor_expired: 1008,
  revocation_unavailable: 1011,
  names_unavailable: 1011,
  socket_message_too_large: 1009,
  socket_too_fast: 1013,
  socket_exhausted: 1013,
  socket_idle: GOING_AWAY,
};

export interface Joined {
  /** The caller's end, for the answer. */
  readonly socket: WebSocket;
  /** Settles when nothing is left to do for the upstream's side. */
  readonly closed: Promise<SocketEnd>;
}

/** @param upstream the upstream's end, not accepted yet */
export function joinSockets(
  upstream: WebSocket,
  chain: VerifiedChain,
  gateway: Watching & Pick<Gateway, "disconnect">,
): Joined {
  const { 0: socket, 1: caller } = new WebSocketPair();
  const opened = gateway.now();
  let [sent, received] = [0, 0];
  let isOver = false;
  const { promise: closed, resolve } = Promise.withResolvers<SocketEnd>();
  const { route } = chain.presentation;
  const [toUpstream, toCaller] = [createBudget(route, opened), createBudget(route, opened)];
  const endBy = (rule: NonNullable<SocketEnd["rule"]>): void => end("gateway", CODES[rule], rule, rule);
  const watch = watchChain(chain, gateway, endBy);
  const silence = watchSilence(route.idle_timeout, gateway, endBy);

  function end(by: SocketEnd["by"], code: number, reason: string, rule?: SocketEnd["rule"]): void {
    if (isOver) return;
    watch.stop();
    silence.stop();
    isOver = true;
    const ended = { by, code, rule, sent, received, milliseconds: gateway.now() - opened };
    const told = isSendable(code) ? code : GOING_AWAY;
    for (const side of [caller, upstream]) closeQuietly(side, told, reason);
    if (upstream.readyState === WebSocket.CLOSED) resolve(ended);
    else void closedInTime(upstream, gateway).then(() => resolve(ended));
  }

  /** If sending fails, the side has gone; its own event may come later. */
  function pass(
    data: string | ArrayBuffer,
    to: WebSocket,
    by: SocketEnd["by"],
    spend: ReturnType<typeof createBudget>,
  ): void {
    // A side that was asked to close may still send until it hears of it.
    if (isOver) return;
    silence.broken();
    const rule = spend(sizeOf(data), gateway.now());
    try {
      if (rule === undefined) to.send(data);
      else endBy(rule);
    } catch {
      end(by, ABNORMAL, "");
    }
  }

  caller.addEventListener("message", ({ data }) => {
    sent += 1;
    pass(data, upstream, "upstream", toUpstream);
  });
  upstream.addEventListener("message", ({ data }) => {
    received += 1;
    pass(data, caller, "caller", toCaller);
  });
  caller.addEventListener("close", ({ code, reason }) => end("caller", code, reason));
  upstream.addEventListener("close", ({ code, reason }) => end("upstream", code, reason));
  caller.addEventListener("error", () => end("caller", ABNORMAL, ""));
  upstream.addEventListener("error", () => end("upstream", ABNORMAL, ""));
  for (const side of [caller, upstream]) {
    side.binaryType = "arraybuffer";
    side.accept();
  }
  return { socket, closed };
}

/** Closing a closed socket throws, which does not matter here. */
function closeQuietly(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // It has gone.
  }
}

/** Waits until the upstream has answered the Close frame, and disconnects from it if it does not. */
function closedInTime(upstream: WebSocket, { disconnect }: Pick<Gateway, "disconnect">): Promise<void> {
  return new Promise((closed) => {
    const timer = setTimeout(() => {
      disconnect(upstream);
      closed();
    }, CLOSE_MS);
    upstream.addEventListener("close", () => {
      clearTimeout(timer);
      closed();
    });
  });
}

/** Calls back once if neither side has sent a message for so many seconds. */
function watchSilence(
  seconds: number,
  { now }: Pick<Watching, "now">,
  over: (rule: "socket_idle") => void,
): { broken(): void; stop(): void } {
  let since = now();
  const wait = (): ReturnType<typeof setTimeout> =>
    setTimeout(
      () => {
        if (now() - since >= seconds * 1000) over("socket_idle");
        else timer = wait();
      },
      Math.max(1, since + seconds * 1000 - now()),
    );
  let timer = wait();
  return {
    broken: () => {
      since = now();
    },
    stop: () => clearTimeout(timer),
  };
}
