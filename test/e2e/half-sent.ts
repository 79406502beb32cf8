/** Requests whose bodies never come whole, over bare sockets. */
import { connect } from "node:net";

export interface HalfSent {
  /** Sends more of the body. */
  send(bytes: string): void;
  /** What came back until the gateway closed the connection. */
  readonly answer: Promise<string>;
  leave(): void;
}

export interface HalfRequest {
  readonly url: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without: by `Content-Length`, of which the first half is sent. */
  readonly chunked?: boolean;
}

const LENGTH = 200;

export function halfSend({ url, path, method = "POST", headers = {}, chunked = false }: HalfRequest): HalfSent {
  const { hostname, port, host } = new URL(url);
  const framing = chunked ? { "transfer-encoding": "chunked" } : { "content-length": String(LENGTH) };
  const lines = Object.entries({ host, ...headers, ...framing }).map(([name, value]) => `${name}: ${value}\r\n`);
  const half = "x".repeat(LENGTH / 2);
  const socket = connect(Number(port), hostname);
  socket.write(
    `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${chunked ? `${half.length.toString(16)}\r\n${half}\r\n` : half}`,
  );
  let told = "";
  socket.on("data", (data) => {
    told += String(data);
  });
  const { promise: answer, resolve } = Promise.withResolvers<string>();
  socket.on("error", () => resolve(told));
  socket.on("close", () => resolve(told));
  return {
    send: (bytes) => void socket.write(bytes),
    answer,
    leave: () => void socket.resetAndDestroy(),
  };
}

/** The status of an answer; undefined if there is none. */
export function statusIn(answer: string): number | undefined {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
  return status === undefined ? undefined : Number(status);
}
