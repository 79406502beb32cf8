/**
 * Sends what has gathered, in the background of requests: one batch after the other, so that a receiver that never answers
 * holds one call, and no more.
 */

export interface BatchEdges {
  sleep(milliseconds: number): Promise<unknown>;
  /** Keeps the request that runs alive until the work is done. */
  waitUntil(work: Promise<unknown>): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Milliseconds for which one request's context sends: it may be ended after 30 seconds. */
const ROUNDS_MS = 10_000;
/** Milliseconds after which a context that sends is taken for ended. */
const ABANDONED_MS = 60_000;

/**
 * @param gather milliseconds for which a batch gathers
 * @param send never rejects; what it could not send it keeps, or says that it is lost
 * @returns to be called whenever there is something to send
 */
export function createBatches<Edges extends BatchEdges>(
  gather: number,
  isEmpty: () => boolean,
  send: (edges: Edges) => Promise<void>,
): (edges: Edges) => void {
  /** When what is being sent began to be sent. */
  let sending: number | undefined;

  async function run(edges: Edges): Promise<void> {
    const began = edges.now();
    do {
      await edges.sleep(gather);
      await send(edges);
    } while (!isEmpty() && edges.now() - began < ROUNDS_MS);
    sending = undefined;
  }

  return (edges) => {
    const now = edges.now();
    if (sending !== undefined && now - sending < ABANDONED_MS) return;
    sending = now;
    edges.waitUntil(run(edges));
  };
}
