/**
 * What the gateway adds to a request at a fixed, low rate, and what a commit of a Durable Object costs at that rate on that
 * disk: so what is added can be counted in commits.
 */
import { type BenchCase, interleave, type Rounds, report } from "./compare.ts";
import { differences, type Latency, latencyOf, type Probe } from "./latency.ts";
import { withScene } from "./scene.ts";
import { plainRequests, signedRequests } from "./signed.ts";
import { isOrder } from "./upstream.ts";

/** Of a round. */
const SECONDS = 10;

export const LATENCY = "gateway-latency";

/** @param rate requests a second */
export function gatewayLatency(rounds: number, rate: number): Promise<BenchCase[]> {
  const count = rate * SECONDS;
  return withScene(async ({ company, gateway, startPassThrough, startPeer }) => {
    const bare = await startPassThrough();
    const store = await startPeer("bench/peers/commit.ts", { durableObjects: { STORE: "Store" } });
    const signed = () => signedRequests({ company, origin: gateway.origin, count, perTask: count, rate });
    const plain = plainRequests(await signed());
    const of = (path: string, answer: string): Omit<Probe, "name" | "server"> => ({
      requests: () => plain.map((request) => ({ ...request, path })),
      isRight: (text) => text === answer,
    });
    const latency = (probe: Probe) => latencyOf(probe, rate, [gateway, bare, store]);
    const measured = await interleave(
      {
        gateway: latency({ name: "gateway", server: gateway, requests: signed, isRight: isOrder }),
        passThrough: latency({ name: "pass-through", server: bare, requests: () => plain, isRight: isOrder }),
        commit: latency({ name: "commit", server: store, ...of("/commit", "committed") }),
        call: latency({ name: "call", server: store, ...of("/call", "called") }),
      },
      rounds,
    );
    const note = `${rate} requests/s, ${SECONDS} s a round, counted from when each was meant to leave; one task, chain of 3 hops, DPoP`;
    return casesOf(measured, note);
  });
}

/** A commit is the median of a call that inserts, less that of one that does not. */
function casesOf(measured: Rounds<Latency>, note: string): BenchCase[] {
  const values = (name: string, which: keyof Latency): number[] => (measured[name] ?? []).map((each) => each[which]);
  const commits = differences(values("commit", "p50"), values("call", "p50"));
  return (["p50", "p99"] as const).flatMap((which) => {
    const [ours, theirs] = [values("gateway", which), values("passThrough", which)];
    const added = { added: differences(ours, theirs), "one commit": commits };
    return [
      report(`${LATENCY}-${which}`, "ms", "less", { gateway: ours, "hono pass-through": theirs }, "gateway", note),
      report(`${LATENCY}-added-${which}`, "ms", "less", added, "added", GOALS[which]),
    ];
  });
}

const GOALS = {
  p50: "gateway less pass-through; goal: at most 1.5 commits, a ratio of at least 0.67",
  p99: "gateway less pass-through, against the median of a commit; goal: at most 5 commits, a ratio of at least 0.2",
} as const;
