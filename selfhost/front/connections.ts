/**
 * The connections to workerd, counted until workerd has closed its side too: its open files are limited. A connection
 * that was closed here may still wait in the queue of workerd's socket, and takes files later, when workerd accepts it.
 */
import { connect, type SocketConnectOpts } from "node:net";
import type { Duplex } from "node:stream";
import { connectTo } from "./connection.ts";

export interface Connections {
  /** How many workerd has open, or will accept. */
  readonly count: number;
  /** For one request. */
  open(): Duplex;
}

/** Milliseconds until the next try, if the queue of workerd's socket is full. */
const RETRY_MS = 50;

export function createConnections(address: SocketConnectOpts): Connections {
  let count = 0;
  /** Connections that were closed here before workerd has sent anything. */
  let left = 0;
  let isAsking = false;

  async function freeLeft(): Promise<void> {
    isAsking = true;
    while (left > 0) {
      const before = left;
      await untilAccepted(address);
      // workerd accepts all that wait before it sees which of them are closed; it has seen that when it accepts again.
      await untilAccepted(address);
      left -= before;
      count -= before;
    }
    isAsking = false;
  }

  return {
    get count() {
      return count;
    },
    open() {
      count++;
      const connection = connectTo(address);
      connection.once("close", () => {
        // workerd has accepted it, and sees at once that it is closed.
        if (connection.bytesRead > 0) count--;
        else if (left++ === 0 && !isAsking) void freeLeft();
      });
      return connection;
    },
  };
}

/**
 * Resolves when workerd has accepted every connection that was opened before, or does not run: a socket's queue is first
 * in, first out, and workerd closes a connection that ends without a request.
 */
async function untilAccepted(address: SocketConnectOpts): Promise<void> {
  while ((await failureOfEmpty(address)) === "EAGAIN")
    await new Promise((done) => void setTimeout(done, RETRY_MS).unref());
}

/** @returns the code of the error of a connection without a request, once it is closed; undefined if it had none */
function failureOfEmpty(address: SocketConnectOpts): Promise<string | undefined> {
  return new Promise((done) => {
    let code: string | undefined;
    connect(address)
      .on("error", (error: NodeJS.ErrnoException) => {
        ({ code } = error);
      })
      .on("close", () => done(code))
      .resume()
      .end();
  });
}
