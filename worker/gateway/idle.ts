/** The upstream's body on its way back: passed on to the byte, and ended where nothing comes for too long. */

/**
 * The answer with a body that ends in an error once the upstream has sent nothing for `seconds` while the caller waits for
 * more. A caller who is slow is not what is waited for; one who leaves ends the upstream's answer.
 *
 * @param answer fetched with `encodeResponseBody: "manual"`, so that the body is passed on as it was encoded
 */
export function withIdleLimit(answer: Response, seconds: number): Response {
  if (answer.body === null) return new Response(null, answer);
  const length = answer.headers.get("content-length");
  const limited = limitIdle(answer.body, seconds * 1000);
  // Only a stream of known length lets the answer keep the length that the upstream told.
  const body = length === null ? limited : limited.pipeThrough(new FixedLengthStream(Number(length)));
  const { status, statusText, headers } = answer;
  return new Response(body, { status, statusText, headers, encodeBody: "manual" });
}

export function limitIdle(body: ReadableStream<Uint8Array>, milliseconds: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { promise: late, reject } = Promise.withResolvers<never>();
        const timer = setTimeout(
          () => reject(new Error("the upstream stopped in the middle of its answer")),
          milliseconds,
        );
        try {
          const { done, value } = await Promise.race([reader.read(), late]);
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          controller.error(error);
          await reader.cancel(error).catch(() => undefined);
        } finally {
          clearTimeout(timer);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead of the caller.
    { highWaterMark: 0 },
  );
}
