/**
 * Closes a connection so that the caller gets its last answer even if it is still sending: this side ends first, what
 * the caller sends is read and discarded, and the connection is closed when the caller ends too. If a connection is
 * closed while bytes wait unread, the system resets it, and the caller may lose the answer (RFC 9112, section 9.6).
 * Their number needs no limit of its own: each keeps the place that it has (places.ts), so one address cannot take those
 * of others, and for a shorter time than between two requests.
 */
import type { Socket } from "node:net";

/** What a caller may use after its last answer; then its connection is closed. */
export interface LingerBounds {
  /** Most bytes that are read and discarded of one connection. */
  readonly bytes: number;
  /** Most milliseconds. */
  readonly time: number;
  /** Most milliseconds without a byte. */
  readonly silent: number;
}

/** @returns what is called with each connection before its first request */
export function createLingering(bounds: LingerBounds): (socket: Socket) => void {
  return (socket) => {
    const closeAtOnce = socket.destroySoon;
    // Node calls this after the last answer of a connection.
    socket.destroySoon = () => {
      socket.destroySoon = closeAtOnce;
      socket.end();
      // Node's parser reads below the stream. A paused socket starts to read again in an event that the parser handles.
      if (socket.isPaused()) socket.once("resume", () => discard(socket, bounds)).resume();
      else discard(socket, bounds);
    };
  };
}

/** Nothing that is read here is a request: the answer has said that the connection closes. */
function discard(socket: Socket, { bytes, time, silent }: LingerBounds): void {
  let left = bytes;
  const close = (): void => void socket.destroy();
  const timer = setTimeout(close, time);
  // The listeners are those of Node's parser.
  socket
    .removeAllListeners("data")
    .on("data", (chunk) => {
      left -= chunk.length;
      if (left < 0) close();
    })
    .on("end", close)
    .once("close", () => clearTimeout(timer))
    .setTimeout(silent, close);
}
