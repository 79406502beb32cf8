/** Streams without an end of their own: when the gateway stops, each is ended after a complete event or frame. */
import { Transform } from "node:stream";
import { createFrameReader, GOING_AWAY } from "./frames.ts";

export interface EndableStream extends Transform {
  /** Passes on the current unit to its end, then the closing bytes, and nothing later. */
  endSoon(): void;
}

interface Boundaries {
  /** Whether the stream is between two units. */
  isBetween(): boolean;
  /** @returns the index in the chunk at which the first unit ends; undefined if none does */
  read(chunk: Buffer): number | undefined;
}

function endable({ isBetween, read }: Boundaries, lastWords: Buffer): EndableStream {
  let [ending, ended] = [false, false];
  const stream = new Transform({
    transform(chunk: Buffer, _, done) {
      if (ended) return done();
      const end = read(chunk);
      if (!ending || end === undefined) return done(null, chunk);
      stream.push(chunk.subarray(0, end));
      finish();
      done();
    },
    flush(done) {
      ended = true;
      done();
    },
  });
  function finish(): void {
    ended = true;
    stream.push(lastWords);
    stream.push(null);
  }
  function endSoon(): void {
    ending = true;
    if (!ended && isBetween()) finish();
  }
  return Object.assign(stream, { endSoon });
}

/**
 * The frames to the caller of a WebSocket, which the gateway closes with 1001.
 *
 * @param closed called once, when the caller was sent a Close frame, of whomever
 */
export function webSocketToCaller(closed: () => void): EndableStream {
  const frames = createFrameReader();
  const read = (chunk: Buffer): number | undefined => {
    const wasClosed = frames.isClosed();
    const end = frames.read(chunk);
    if (!wasClosed && frames.isClosed()) closed();
    return end;
  };
  return endable({ isBetween: frames.isBetween, read }, GOING_AWAY);
}

/** An empty line ends an event (HTML, section 9.2.6). */
const END_OF_EVENT = /\r\n\r\n|\n\n|\r\r/g;

/** An answer of server-sent events: it ends after an event, so that the caller reconnects with `Last-Event-ID`. */
export function eventStream(): EndableStream {
  let tail = "";
  let between = true;
  const boundaries: Boundaries = {
    isBetween: () => between,
    read(chunk) {
      const text = tail + chunk.toString("latin1");
      const ends = [...text.matchAll(END_OF_EVENT)].map(({ index, 0: end }) => index + end.length - tail.length);
      between = ends.at(-1) === chunk.length;
      tail = text.slice(-3);
      return ends.find((end) => end > 0);
    },
  };
  return endable(boundaries, Buffer.alloc(0));
}
