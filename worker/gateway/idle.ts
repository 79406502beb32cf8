/** Bodies on their way through the gateway, both ways: passed on to the byte, and ended where nothing comes for too long. */

/**
 * The answer with a body that ends in an error once the upstream has sent nothing for `seconds` while the caller waits for
 * more. A caller who is slow is not what is waited for; one who leaves ends the upstream's answer.
 *
 * @param answer fetched with `encodeResponseBody: "manual"`, so that the body is passed on as it was encoded
 */
export function withIdleLimit(answer: Response, seconds: number): Response {
  const { body, status, statusText, headers } = answer;
  if (body === null) return new Response(null, answer);
  const limited = ofLength(limitIdle(body, seconds, upstreamStopped), headers);
  return new Response(limited, { status, statusText, headers, encodeBody: "manual" });
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
  return new Request(request, { body: ofLength(limitIdle(request.body, seconds, end), told) });
}

/** Only a stream of known length lets a message keep the length that was told of it. */
function ofLength(body: ReadableStream<Uint8Array>, told: Headers): ReadableStream<Uint8Array> {
  const length = Number(told.get("content-length") ?? Number.NaN);
  return Number.isSafeInteger(length) ? body.pipeThrough(new FixedLengthStream(length)) : body;
}

/** @param broken what becomes of the body where nothing comes, or where it breaks: rejects, or never returns */
export function limitIdle(
  body: ReadableStream<Uint8Array>,
  seconds: number,
  broken: (cause: unknown) => Promise<never>,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await inTime(reader.read(), seconds).catch((cause: unknown) => {
          void reader.cancel(cause).catch(() => undefined);
          return broken(cause);
        });
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead of who takes it.
    { highWaterMark: 0 },
  );
}

async function inTime<T>(read: Promise<T>, seconds: number): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`nothing came for ${seconds} s`)), seconds * 1000);
  try {
    return await Promise.race([read, over]);
  } finally {
    clearTimeout(timer);
  }
}
