/** A gateway whose ledger has many entries against an empty one: what it adds to a request, and how long a search takes. */
import { NAMES, serviceChain } from "../demo/company.ts";
import { type BenchCase, type Contenders, interleave, median, type Rounds, report } from "./compare.ts";
import { grow, type Sought } from "./growth-schema.ts";
import { signIn } from "./growth-search.ts";
import { checkForwarded, recordOf, SEEN } from "./guarantees.ts";
import type { Hopgate } from "./hopgate.ts";
import { differences, type Latency, latencyOf, type Probe } from "./latency.ts";
import type { LoadRequest } from "./load.ts";
import { withScene } from "./scene.ts";
import { plainRequests, signedRequest } from "./signed.ts";
import { isOrder } from "./upstream.ts";

/** Of a round. */
const SECONDS = 5;
/** Of each kind, a round. */
const SEARCHES = 5;

export const GROWTH = "growth";

/** @param rate requests a second; @param entries more that the one ledger has */
export function growth(rounds: number, rate: number, entries: number): Promise<BenchCase[]> {
  return withScene(async ({ company, gateway: empty, startAnother, startPassThrough }) => {
    const [grown, bare] = [await startAnother(), await startPassThrough()];
    const chain = await serviceChain(company);
    const decision = await checkForwarded(grown.origin, await signedRequest(company, grown.origin, chain, SEEN));
    await recordOf(grown.remote, decision);
    let sought: Sought | undefined;
    await grown.restart(async () => {
      console.error(`  writing ${entries} entries ...`);
      sought = await grow(grown.state, { decision, person: NAMES.person }, entries);
    });

    // All under one task: that of the entries.
    const signed = (origin: string) => (): Promise<LoadRequest[]> =>
      Promise.all(
        Array.from({ length: rate * SECONDS }, (_, i) =>
          signedRequest(company, origin, chain, undefined, Date.now() + (i * 1000) / rate),
        ),
      );
    const plain = plainRequests(await signed(bare.origin)());
    const latency = (probe: Omit<Probe, "isRight">) =>
      latencyOf({ ...probe, isRight: isOrder }, rate, [empty, grown, bare]);
    const measured = await interleave(
      {
        grown: latency({ name: "grown", server: grown, requests: signed(grown.origin) }),
        empty: latency({ name: "empty", server: empty, requests: signed(empty.origin) }),
        passThrough: latency({ name: "pass-through", server: bare, requests: () => plain }),
      },
      rounds,
    );
    const searched = await interleave(await searches(grown, sought as unknown as Sought), rounds);
    return [admission(measured, entries), ...searchCases(searched, entries)];
  });
}

function admission(measured: Rounds<Latency>, entries: number): BenchCase {
  const p50 = (name: string): number[] => (measured[name] ?? []).map((each) => each.p50);
  const added = (name: string): number[] => differences(p50(name), p50("passThrough"));
  const note = `what the gateway adds to the p50 of the pass-through, ${entries} entries in the ledger against none; goal: within 1.2 times, a ratio of at least 0.83`;
  return report(`${GROWTH}-admission`, "ms", "less", { grown: added("grown"), empty: added("empty") }, "grown", note);
}

/** Each the median of some, because the first reads from the disk. */
async function searches(gateway: Hopgate, { person, task, before }: Sought): Promise<Contenders> {
  const { search } = await signIn(gateway.remote);
  const times = (query: Record<string, string>, expected: string) => async (): Promise<number> => {
    const milliseconds: number[] = [];
    for (let i = 0; i < SEARCHES; i++) milliseconds.push(await search(query, expected));
    return median(milliseconds);
  };
  return {
    party: times({ q: person }, person),
    task: times({ q: task }, encodeURIComponent(task)),
    time: times({ before: String(before) }, "-of-the-bench"),
  };
}

function searchCases(searched: Rounds, entries: number): BenchCase[] {
  const note = `at the console, over ${entries} entries; goal: 50 ms`;
  return Object.entries(searched).map(([by, values]) =>
    report(`${GROWTH}-search-${by}`, "ms", "less", { console: values }, "console", note),
  );
}
