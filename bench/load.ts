/** A closed loop: a fixed number of kept connections, each sends its next request when the one before is answered. */
import { Client, type Dispatcher } from "undici";

export interface LoadRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Whether the text of an answer with status 200 is what it must be. */
export type IsRight = (text: string) => boolean;

/**
 * Requests a second. All are made, and signed, before: what is timed is sending and reading alone.
 *
 * @throws Error at the first answer that is not 200, or not right
 */
export async function load(
  origin: string,
  requests: readonly LoadRequest[],
  isRight: IsRight,
  connections: number,
): Promise<number> {
  const clients = Array.from({ length: connections }, () => new Client(origin, { pipelining: 1 }));
  let next = 0;
  const start = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++])
        await send(client, request, isRight);
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(clients.map((client) => client.close()));
  return requests.length / seconds;
}

/**
 * One request by `dispatch`, which costs half of what `request` does: the load shares the machine with what it measures.
 *
 * @throws Error with status and text where the answer is not 200, or not right
 */
export function send(dispatcher: Dispatcher, request: LoadRequest, isRight: IsRight): Promise<void> {
  return new Promise((done, fail) => {
    let status = 0;
    let text = "";
    const options = { ...request, body: request.body ?? null };
    dispatcher.dispatch(options, {
      onRequestStart: () => undefined,
      onResponseStart: (_, statusCode) => {
        status = statusCode;
      },
      // Answers are short and ASCII: no character is cut in two.
      onResponseData: (_, chunk) => {
        text += chunk.toString("latin1");
      },
      onResponseEnd: () => {
        if (status === 200 && isRight(text)) done();
        else fail(new Error(`${request.method} ${request.path}: ${status} ${text}`));
      },
      onResponseError: (_, error) => fail(error),
    });
  });
}
