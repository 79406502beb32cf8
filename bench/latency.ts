/** Percentiles of a server at a fixed rate, measured while the others rest. */
import type { IsRight, LoadRequest } from "./load.ts";
import { openLoop, percentile } from "./open-loop.ts";
import { settled } from "./process.ts";
import type { Workerd } from "./workerd.ts";

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export interface Probe {
  readonly name: string;
  readonly server: Workerd;
  /** Makes the requests of a round, before it is timed. */
  requests(): readonly LoadRequest[] | Promise<readonly LoadRequest[]>;
  readonly isRight: IsRight;
}

/**
 * A contender of a round. @param rate requests a second; @param resting all processes that must have nothing left to do
 *
 * @throws Error if a request fails
 */
export function latencyOf(probe: Probe, rate: number, resting: readonly Workerd[]): () => Promise<Latency> {
  return async () => {
    await Promise.all(resting.map(({ pid }) => settled(pid)));
    const { name, server, isRight } = probe;
    const { milliseconds, failures } = await openLoop(server.origin, await probe.requests(), isRight, rate);
    if (failures.length > 0) throw new Error(`${name}: ${failures.length} failed, the first: ${failures[0]}`);
    const latency = { p50: percentile(milliseconds, 0.5), p99: percentile(milliseconds, 0.99) };
    console.error(`  ${name}: p50 ${latency.p50.toFixed(2)} ms, p99 ${latency.p99.toFixed(2)} ms`);
    return latency;
  };
}

/** Round by round. */
export function differences(ones: readonly number[], others: readonly number[]): number[] {
  return ones.map((value, round) => value - (others[round] as number));
}
