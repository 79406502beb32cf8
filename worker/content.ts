/** Bodies and answers that are read whole, within limits of size and time. */
import { HopError } from "./errors.ts";

/** How long a caller may take to send a body, in seconds. */
export interface BodyTime {
  /** Until the whole body has arrived. */
  readonly body_timeout: number;
  /** Between bytes. */
  readonly body_idle_timeout: number;
}

/**
 * The bytes of a request's body; undefined if there are more than `most`. While it waits for the body, a request
 * occupies memory and a place among those in flight, so the time is limited.
 *
 * @throws HopError `body_incomplete` if the body is not complete in time, or the caller leaves before
 */
export async function readRequest(
  request: Request,
  most: number,
  time: BodyTime,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (declaresMore(request.headers, most)) return undefined;
  try {
    return await readAtMost(request.body && inTime(request.body, time), most);
  } catch (cause) {
    throw new HopError("body_incomplete", { cause });
  }
}

async function* inTime(
  body: ReadableStream<Uint8Array>,
  { body_timeout: whole, body_idle_timeout: idle }: BodyTime,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const end = Date.now() + whole * 1000;
  try {
    while (true) {
      const { done, value } = await withinTime(Math.min(idle * 1000, end - Date.now()), () => reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

/** The bytes of a stream; undefined as soon as there are more than `most`; the rest is then not read. */
export async function readAtMost(
  body: AsyncIterable<Uint8Array> | null,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > most) return undefined;
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

export interface AnswerLimits {
  readonly bytes: number;
  /** From the request to the last byte of the answer. */
  readonly milliseconds: number;
}

/** For answers of issuers, identity providers and vendors' token endpoints, which are small and quick. */
const DOCUMENT: AnswerLimits = { bytes: 262_144, milliseconds: 5_000 };

/**
 * Sends a request and reads the whole answer within limits, against servers that accept a connection and never answer,
 * or answer without end or a byte at a time.
 *
 * @returns the answer with a body that is in memory already
 * @throws Error if a limit is exceeded; the message never quotes the answer
 */
export async function fetchWhole(
  request: Request,
  fetcher: (request: Request) => Promise<Response>,
  { bytes, milliseconds }: AnswerLimits = DOCUMENT,
): Promise<Response> {
  return withinTime(milliseconds, async (over) => {
    const answer = await fetcher(new Request(request, { signal: over }));
    const body = await readAnswer(answer, bytes, over);
    const { status, statusText, headers } = answer;
    return new Response(answer.body === null ? null : body, { status, statusText, headers: plainHeaders(headers) });
  });
}

/**
 * Sends and reads, and gives up after a time whatever is still pending.
 *
 * @param ask takes the signal that ends it
 * @throws Error if the time is over
 */
export async function withinTime<T>(milliseconds: number, ask: (over: AbortSignal) => Promise<T>): Promise<T> {
  const clock = new AbortController();
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    clock.abort();
    reject(new Error(`no complete answer within ${milliseconds} ms`));
  }, milliseconds);
  try {
    return await Promise.race([ask(clock.signal), over]);
  } finally {
    clearTimeout(timer);
  }
}

/** The headers that are still true after the body was decoded and read whole. */
function plainHeaders(headers: Headers): Headers {
  const plain = new Headers(headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) plain.delete(name);
  return plain;
}

async function readAnswer(answer: Response, most: number, over: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  // A piped stream ends with the signal even while no data arrives.
  const body = answer.body?.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal: over }) ?? null;
  const content = declaresMore(answer.headers, most) ? undefined : await readAtMost(body, most);
  if (content !== undefined) return content;
  await body?.cancel().catch(() => undefined);
  throw new Error(`the answer has more than ${most} bytes`);
}

function declaresMore(headers: Headers, most: number): boolean {
  const declared = headers.get("content-length");
  return declared !== null && Number(declared) > most;
}
