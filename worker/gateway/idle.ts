/** Bodies on their way through the gateway, both ways: passed on to the byte, and ended where nothing comes for too long. */
import { HopError } from "../errors.ts";

/** Bytes: a body of at most so many goes back in one piece if it came in one. */
const SMALL = 16_384;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Piece = ReadableStreamReadResult<Uint8Array>;

/**
 * The answer with a body that ends in an error once the upstream has sent nothing for `seconds` while the caller waits for
 * more. A caller who is slow is not what is waited for; one who leaves ends the upstream's answer.
 *
 * @param watch of an answer of no told length, which lasts as long as the upstream likes
 * @param answer fetched with `encodeResponseBody: "manual"`, so that the body is passed on as it was encoded
 * @throws HopError `upstream_timeout`, `upstream_unreachable` where not even the first piece of a small body comes
 */
export async function withIdleLimit(answer: Response, seconds: number, watch?: Watch): Promise<Response> {
  const { status, statusText, headers } = answer;
  const init: ResponseInit = { status, statusText, headers, encodeBody: "manual" };
  if (answer.body === null) return new Response(null, init);
  const length = toldLength(headers);
  const reader = answer.body.getReader();
  const first = length !== undefined && length <= SMALL ? await readFirst(reader, seconds) : undefined;
  // A stream of our own costs more than all else that is done with a small answer.
  if (first?.done) return new Response(null, init);
  if (first?.value.length === length && first !== undefined) return new Response(first.value, init);
  if (length === undefined) return new Response(limitIdle(reader, seconds, upstreamStopped, { watch }), init);
  return new Response(ofLength(limitIdle(reader, seconds, upstreamStopped, { first }), length), init);
}

/** What an answer ends with whose upstream stops. */
export async function upstreamStopped(cause: unknown): Promise<never> {
  throw new Error("the upstream stopped in the middle of its answer", { cause });
}

/**
 * The request with a body that is watched on its way to the upstream.
 *
 * @param told the sender's headers
 * @param stopped told once, where the sender has sent nothing for `seconds` while the upstream waits for more, or what was
 * sent is no body: must abort the request. A body that ended in an error would go to the upstream as one that is whole
 */
export function withIdleBody(request: Request, seconds: number, told: Headers, stopped: () => void): Request {
  if (request.body === null) return request;
  const end = (): Promise<never> => {
    stopped();
    return new Promise(() => undefined);
  };
  return new Request(request, {
    body: ofLength(limitIdle(request.body.getReader(), seconds, end), toldLength(told)),
  });
}

export function toldLength(headers: Headers): number | undefined {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  return Number.isSafeInteger(length) ? length : undefined;
}

/** Only a stream of known length lets a message keep the length that was told of it. */
function ofLength(body: ReadableStream<Uint8Array>, length: number | undefined): ReadableStream<Uint8Array> {
  return length === undefined ? body : body.pipeThrough(new FixedLengthStream(length));
}

/**
 * Watches what may end a body before its sender does.
 *
 * @param end ends it, for both sides: in an error where one is given, so that nobody takes what came for all of it
 * @returns to be called when the body is over, by whomever
 */
export type Watch = (end: (cause?: Error) => void) => () => void;

interface Passing {
  /** What was read of the body before. */
  readonly first?: Piece | undefined;
  readonly watch?: Watch | undefined;
}

/** @param broken what becomes of the body where nothing comes, or where it breaks: rejects, or never returns */
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
    // Nothing is read ahead of who takes it.
    { highWaterMark: 0 },
  );
}

class Stopped extends Error {}

async function readInTime(reader: Reader, seconds: number): Promise<Piece> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Stopped(`nothing came for ${seconds} s`)), seconds * 1000);
  try {
    return await Promise.race([reader.read(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Nothing has gone back yet, so what goes wrong can still be said. */
async function readFirst(reader: Reader, seconds: number): Promise<Piece> {
  return readInTime(reader, seconds).catch(async (cause: unknown) => {
    await reader.cancel(cause).catch(() => undefined);
    throw new HopError(cause instanceof Stopped ? "upstream_timeout" : "upstream_unreachable", { cause });
  });
}
