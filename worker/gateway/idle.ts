/** Bodies that pass through the gateway in both directions: unchanged, and ended if no data arrives for too long. */
import { HopError } from "../errors.ts";

/** Bytes. A body up to this size that arrives in one piece is returned in one piece. */
const SMALL = 16_384;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Piece = ReadableStreamReadResult<Uint8Array>;

/**
 * The answer with a body that ends in an error once the upstream has sent nothing for `seconds` while the caller waits
 * for more. A slow caller does not count as a pause; a caller that leaves ends the upstream's answer.
 *
 * @param watch for an answer without a length, which may last as long as the upstream likes
 * @param answer fetched with `encodeResponseBody: "manual"`, so that the body is passed on as it was encoded
 * @throws HopError `upstream_timeout`, `upstream_unreachable` if not even the first piece of a small body arrives
 */
export async function withIdleLimit(answer: Response, seconds: number, watch?: Watch): Promise<Response> {
  const { status, statusText, headers } = answer;
  const init: ResponseInit = { status, statusText, headers, encodeBody: "manual" };
  if (answer.body === null) return new Response(null, init);
  const length = contentLength(headers);
  const reader = answer.body.getReader();
  const first = length !== undefined && length <= SMALL ? await readFirst(reader, seconds) : undefined;
  // Wrapping a small answer in a stream costs more than everything else done with it.
  if (first?.done) return new Response(null, init);
  if (first?.value.length === length && first !== undefined) return new Response(first.value, init);
  if (length === undefined) return new Response(limitIdle(reader, seconds, upstreamStopped, { watch }), init);
  return new Response(ofLength(limitIdle(reader, seconds, upstreamStopped, { first }), length), init);
}

/** The error that ends an answer whose upstream stalls. */
export async function upstreamStopped(cause: unknown): Promise<never> {
  throw new Error("the upstream stopped in the middle of its answer", { cause });
}

/**
 * The request with a body that is watched while it is sent to the upstream.
 *
 * @param told the sender's headers
 * @param stopped called once if the sender has sent nothing for `seconds` while the upstream waits for more, or has
 * sent no valid body. It must abort the request: a body that ends in an error would reach the upstream as a complete
 * one
 */
export function withIdleBody(request: Request, seconds: number, told: Headers, stopped: () => void): Request {
  if (request.body === null) return request;
  const end = (): Promise<never> => {
    stopped();
    return new Promise(() => undefined);
  };
  return new Request(request, {
    body: ofLength(limitIdle(request.body.getReader(), seconds, end), contentLength(told)),
  });
}

export function contentLength(headers: Headers): number | undefined {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  return Number.isSafeInteger(length) ? length : undefined;
}

/** Only a stream of known length keeps the message's `Content-Length`. */
function ofLength(body: ReadableStream<Uint8Array>, length: number | undefined): ReadableStream<Uint8Array> {
  return length === undefined ? body : body.pipeThrough(new FixedLengthStream(length));
}

/**
 * Watches what may end a body before its sender does.
 *
 * @param end ends it for both sides; with an error if one is given, so that no one takes the part for the whole
 * @returns to be called when the body has ended, on either side
 */
export type Watch = (end: (cause?: Error) => void) => () => void;

interface Passing {
  /** The part of the body that was already read. */
  readonly first?: Piece | undefined;
  readonly watch?: Watch | undefined;
}

/** @param broken called if no data arrives, or the body breaks: rejects, or never returns */
export function limitIdle(
  reader: Reader,
  seconds: number,
  broken: (cause: unknown) => Promise<never>,
  { first, watch }: Passing = {},
): ReadableStream<Uint8Array> {
  let waiting = first;
  let isOver = false;
  let over = (): void => undefined;
  const finish = (): void => {
    isOver = true;
    over();
  };
  const leave = (cause?: unknown): void => void reader.cancel(cause).catch(() => undefined);
  async function read(): Promise<Piece> {
    try {
      return await readInTime(reader, seconds);
    } catch (cause) {
      if (isOver) return { done: true, value: undefined };
      finish();
      leave(cause);
      return broken(cause);
    }
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (watch === undefined) return;
        over = watch((cause) => {
          if (isOver) return;
          finish();
          if (cause === undefined) controller.close();
          else controller.error(cause);
          leave(cause);
        });
      },
      async pull(controller) {
        const { done, value } = waiting ?? (await read());
        waiting = undefined;
        if (isOver) return;
        if (!done) return controller.enqueue(value);
        finish();
        controller.close();
      },
      cancel: (reason) => {
        if (!isOver) finish();
        return reader.cancel(reason);
      },
    },
    // Reads only when the other side asks.
    { highWaterMark: 0 },
  );
}

class Stopped extends Error {}

async function readInTime(reader: Reader, seconds: number): Promise<Piece> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Stopped(`no data for ${seconds} s`)), seconds * 1000);
  try {
    return await Promise.race([reader.read(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Nothing has been sent back yet, so an error can still be answered. */
async function readFirst(reader: Reader, seconds: number): Promise<Piece> {
  return readInTime(reader, seconds).catch(async (cause: unknown) => {
    await reader.cancel(cause).catch(() => undefined);
    throw new HopError(cause instanceof Stopped ? "upstream_timeout" : "upstream_unreachable", { cause });
  });
}
