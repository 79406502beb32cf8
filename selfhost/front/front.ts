/**
 * The socket that callers connect to: it ends TLS, verifies client certificates, limits connections by the limit of
 * open files, and closes slow ones, none of which workerd does. Requests are forwarded to workerd's own socket, which
 * no one else can reach.
 */
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecure, type Server as SecureServer } from "node:https";
import type { Socket, SocketConnectOpts } from "node:net";
import { TLSSocket } from "node:tls";
import { closeBroken } from "./broken.ts";
import { createConnections } from "./connections.ts";
import type { EndableStream } from "./ending.ts";
import { opensWebSocket } from "./head.ts";
import { type FrontLimits, type FrontTimes, MOST_DISCARDED, PROBES, TIMES } from "./limits.ts";
import { createLingering } from "./linger.ts";
import { createPlaces } from "./places.ts";
import { refuse } from "./refuse.ts";
import type { TlsFiles } from "./tls.ts";
import { forward } from "./to-workerd.ts";
import { answerOf, open } from "./upgrade.ts";

/** Milliseconds between closing idle connections while it stops. */
const SWEEP_MS = 50;
/** Most bytes of a head: the largest chain and other headers; workerd has the same limit. */
const MOST_HEAD = 131_072;

export interface WorkerdSocket {
  /** Where it listens: a Unix socket. */
  readonly address: SocketConnectOpts;
  /** Secret that proves that this process has set the headers about the caller. */
  readonly secret: string;
}

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  readonly limits: FrontLimits;
  readonly times?: FrontTimes;
  readonly workerd: WorkerdSocket;
}

export interface Front {
  /** Uses other TLS files for new connections. @throws if they cannot be used; the old ones stay */
  renew(tls: TlsFiles): void;
  /**
   * Accepts no new connections, refuses new requests, ends streams, and lets requests in flight finish.
   *
   * @param grace milliseconds after which the rest is cut off
   */
  stop(grace: number): Promise<void>;
}

export async function startFront(options: FrontOptions): Promise<Front> {
  const { host, port, limits, times = TIMES } = options;
  const connections = createConnections(options.workerd.address);
  const workerd = { connections, secret: options.workerd.secret };
  const server = createServer(options, times);
  // Node would drop headers beyond a count, including those that frame the body; the bytes of a head are bounded
  // anyway.
  server.maxHeadersCount = 0;
  closeBroken(server);
  const streams = new Set<EndableStream>();
  const sockets = new Set<Socket>();
  let stopping = false;

  function refusalFor({ url }: IncomingMessage): "gateway_stopping" | "gateway_busy" | undefined {
    if (stopping) return "gateway_stopping";
    return connections.count < limits.requests + (url === "/healthz" ? PROBES : 0) ? undefined : "gateway_busy";
  }

  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  const linger = createLingering({ bytes: MOST_DISCARDED, time: times.linger, silent: times.silent });
  const places = createPlaces(limits);
  server.on("connection", (socket: Socket) => places.take(socket) && track(socket)).on("secureConnection", track);
  server.on(options.tls ? "secureConnection" : "connection", linger);
  server.on("request", (asked: IncomingMessage, answer: ServerResponse) => {
    const rule = refusalFor(asked);
    if (rule !== undefined) return refuse(answer, rule);
    answer.setTimeout(times.stalled, () => endIfStalled(asked.socket, times.stalled));
    forward(asked, answer, workerd, streams);
  });
  server.on("upgrade", (asked: IncomingMessage, socket: Socket, head: Buffer) => {
    const answer = answerOf(asked);
    if (answer === undefined) return;
    socket.setTimeout(times.stalled).on("timeout", () => endIfStalled(socket, times.stalled));
    const rule = refusalFor(asked);
    if (rule !== undefined) return refuse(answer, rule);
    open(asked, answer, head, workerd, streams);
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen({ host, port }, () => {
      // Without this listener, an error of the server ends the process.
      server.off("error", failed).on("error", ({ message }) => console.error(`selfhost: the socket: ${message}`));
      listening();
    });
  });

  return {
    renew: (files) => (server as SecureServer).setSecureContext(files),
    stop: async (grace) => {
      stopping = true;
      const closed = new Promise<void>((done) => server.close(() => done()));
      // Repeatedly, because busy connections become idle.
      const sweep = setInterval(() => {
        server.closeIdleConnections();
        for (const socket of sockets) if (saysNothing(socket, options.tls !== undefined)) socket.destroy();
      }, SWEEP_MS);
      for (const stream of streams) stream.endSoon();
      // The server's own list has neither WebSockets nor connections in the TLS handshake.
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, grace);
      await closed;
      clearTimeout(timer);
      clearInterval(sweep);
    },
  };
}

function createServer({ tls }: FrontOptions, times: FrontTimes): Server | SecureServer {
  const options = {
    headersTimeout: times.head,
    // Bodies have their own limits: gateway.body_timeout and body_idle_timeout.
    requestTimeout: 0,
    keepAliveTimeout: times.keepAlive,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: MOST_HEAD,
    shouldUpgradeCallback: opensWebSocket,
  };
  return tls ? createSecure({ ...options, ...tls, handshakeTimeout: times.head }) : createPlain(options);
}

/**
 * Node counts a connection as idle only after its first request, and does not count what TLS reads from the socket
 * below.
 */
function saysNothing(socket: Socket, isSecure: boolean): boolean {
  return socket.bytesRead === 0 && socket instanceof TLSSocket === isSecure;
}

/** Called after a time without data. A caller that has read everything may be waiting for an event. */
function endIfStalled(socket: Socket, ms: number): void {
  if (socket.writableLength > 0) socket.destroy();
  else socket.setTimeout(ms);
}
