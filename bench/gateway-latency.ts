/**
 * What the gateway adds to a request at a fixed, low rate, and what a commit of a Durable Object costs at that rate on that
 * disk: so what is added can be counted in commits.
 */
import { type BenchCase, interleave, type Rounds, report } from "./compare.ts";
import type { IsRight, LoadRequest } from "./load.ts";
import { openLoop, percentile } from "./open-loop.ts";
import { settled } from "./process.ts";
import { withScene } from "./scene.ts";
import { plainRequests, signedRequests } from "./signed.ts";
import { isOrder } from "./upstream.ts";
import type { Workerd } from "./workerd.ts";

/** Of a round. */
const SECONDS = 10;

/** Milliseconds. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export const LATENCY = "gateway-latency";

/** @param rate requests a second */
export function gatewayLatency(rounds: number, rate: number): Promise<BenchCase[]> {
  const count = rate * SECONDS;
  return withScene(async ({ company, gateway, startPassThrough, startPeer }) => {
    const bare = await startPassThrough();
    const store = await startPeer("bench/peers/commit.ts", { durableObjects: { STORE: "Store" } });
    const sign = () => signedRequests({ company, origin: gateway.origin, count, perTask: count, rate });
    const plain = plainRequests(await sign());
    const asked = (path: string): LoadRequest[] => plain.map((request) => ({ ...request, path }));
    const all = [gateway, bare, store];
    const latency =
      (name: string, { origin }: Workerd, requests: () => LoadRequest[] | Promise<LoadRequest[]>, isRight: IsRight) =>
      async (): Promise<Latency> => {
        for (const { pid } of all) await settled(pid);
        const { milliseconds: times, failures } = await openLoop(origin, await requests(), isRight, rate);
        if (failures.length > 0)
          throw new Error(`${name}: ${failures.length} of ${count} failed, the first: ${failures[0]}`);
        const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
        console.error(`  ${name}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
        return { p50, p99 };
      };
    const measured = await interleave(
      {
        gateway: latency("gateway", gateway, sign, isOrder),
        passThrough: latency("pass-through", bare, () => plain, isOrder),
        commit: latency(
          "commit",
          store,
          () => asked("/commit"),
          (text) => text === "committed",
        ),
        call: latency(
          "call",
          store,
          () => asked("/call"),
          (text) => text === "called",
        ),
      },
      rounds,
    );
    return casesOf(measured, rate);
  });
}

/** A commit is the median of a call that inserts, less that of one that does not. */
function casesOf({ gateway, passThrough, commit, call }: Rounds<Latency>, rate: number): BenchCase[] {
  const note = `${rate} requests/s, ${SECONDS} s a round, counted from when each was meant to leave; one task, chain of 3 hops, DPoP`;
  const values = (of: readonly Latency[] = [], which: keyof Latency): number[] => of.map((each) => each[which]);
  const less = (one: readonly number[], other: readonly number[]): number[] =>
    one.map((value, round) => value - (other[round] as number));
  const commits = less(values(commit, "p50"), values(call, "p50"));
  return (["p50", "p99"] as const).flatMap((which) => {
    const [ours, theirs] = [values(gateway, which), values(passThrough, which)];
    return [
      report(`${LATENCY}-${which}`, "ms", "less", { gateway: ours, "hono pass-through": theirs }, "gateway", note),
      report(
        `${LATENCY}-added-${which}`,
        "ms",
        "less",
        { added: less(ours, theirs), "one commit": commits },
        "added",
        GOALS[which],
      ),
    ];
  });
}

const GOALS = {
  p50: "gateway less pass-through; goal: at most 1.5 commits, a ratio of at least 0.67",
  p99: "gateway less pass-through, against the median of a commit; goal: at most 5 commits, a ratio of at least 0.2",
} as const;
