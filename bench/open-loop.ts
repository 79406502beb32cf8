/** An open loop: requests leave at a fixed rate, whether or not those before are answered, as independent callers send them. */
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { type IsRight, type LoadRequest, send } from "./load.ts";

/** Timers of Node come a millisecond late: the last of them is waited for awake. */
const AWAKE_MS = 1.5;

export interface OpenLoop {
  /**
   * Milliseconds of each request that was answered rightly, in their order, counted from when it was meant to leave: what
   * waits for a slow answer before it counts, too.
   */
  readonly milliseconds: readonly number[];
  /** The errors of the others. */
  readonly failures: readonly string[];
}

/**
 * A connection is opened wherever none is free.
 *
 * @param rate requests a second
 * @param start when the first leaves, by `performance.now()`
 */
export async function openLoop(
  origin: string,
  requests: readonly LoadRequest[],
  isRight: IsRight,
  rate: number,
  start = performance.now() + 10,
): Promise<OpenLoop> {
  const pool = new Pool(origin, { connections: null, pipelining: 1 });
  const answered: Promise<number | string>[] = [];
  for (const [index, request] of requests.entries()) {
    const intended = start + (index * 1000) / rate;
    await until(intended);
    const one = send(pool, request, isRight).then(
      () => performance.now() - intended,
      (error: Error) => error.message,
    );
    answered.push(one);
  }
  const results = await Promise.all(answered);
  await pool.close();
  return {
    milliseconds: results.filter((result) => typeof result === "number"),
    failures: results.filter((result) => typeof result === "string"),
  };
}

/** Resolves at that moment of `performance.now()`, and not a millisecond later as timers do. */
export async function until(moment: number): Promise<void> {
  const early = moment - performance.now() - AWAKE_MS;
  if (early > 0) await sleep(early);
  while (performance.now() < moment) await new Promise(setImmediate);
}

/** The smallest value that at least this share (0 to 1) of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number;
}
