/**
 * Sends what was collected, in the background: one batch after the other, so that a receiver that never answers blocks
 * only one call.
 */

export interface BatchEdges {
  sleep(milliseconds: number): Promise<unknown>;
  /** Keeps the current request alive until the work is done. */
  waitUntil(work: Promise<unknown>): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Milliseconds for which the context of one request sends; the platform may end it after 30 seconds. */
const ROUNDS_MS = 10_000;
/** Milliseconds after which a sending context counts as ended. */
const ABANDONED_MS = 60_000;

/**
 * @param gather milliseconds for which a batch is collected
 * @param send never rejects; it keeps or reports what it could not send
 * @returns a function to call whenever there is something to send
 */
export function createBatches<Edges extends BatchEdges>(
  gather: number,
  isEmpty: () => boolean,
  send: (edges: Edges) => Promise<void>,
): (edges: Edges) => void {
  /** When the current sending began. */
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
