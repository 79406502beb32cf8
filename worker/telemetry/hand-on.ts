/** Sends an isolate's counts to the sums of all isolates (totals.ts). */
import { logFailure } from "../log.ts";
import { type BatchEdges, createBatches } from "./batches.ts";
import type { Register, Series } from "./series.ts";

export interface TotalsEdges extends BatchEdges {
  add(series: readonly Series[]): Promise<void>;
}

export interface HandingOn {
  /** Soon, in the background. */
  soon(edges: TotalsEdges): void;
  /** At once, so that a reader of the sums also gets this isolate's counts. Rejects if they cannot be reached. */
  now(edges: TotalsEdges): Promise<void>;
}

const GATHER_MS = 5000;

/** @param register the isolate's counts for the sums */
export function createHandingOn(register: Register): HandingOn {
  /** Counts that cannot be sent are kept for the next batch. */
  async function now(edges: TotalsEdges): Promise<void> {
    const series = register.drain();
    if (series.length === 0) return;
    await edges.add(series).catch((cause: unknown) => {
      for (const each of series) register.add(each);
      throw cause;
    });
  }

  const isEmpty = (): boolean => register.size === 0;
  const send = (edges: TotalsEdges): Promise<void> =>
    now(edges).catch((cause: unknown) => logFailure("metrics_wait", {}, cause));
  return { soon: createBatches(GATHER_MS, isEmpty, send), now };
}
