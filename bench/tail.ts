/**
 * Minutes at a fixed rate, a new task every few requests: latency minute by minute, memory, and disk. What the gateway puts off
 * (alarms, index, archive) runs beside the requests here, and shows.
 */
import { type BenchCase, report } from "./compare.ts";
import { folderUse } from "./folder.ts";
import type { LoadRequest } from "./load.ts";
import { type OpenLoop, openLoop, percentile } from "./open-loop.ts";
import { atRest, residentBytes, settled } from "./process.ts";
import { withScene } from "./scene.ts";
import { plainRequests, type Signing, signedRequests } from "./signed.ts";
import { isOrder } from "./upstream.ts";
import type { Workerd } from "./workerd.ts";

const PER_TASK = 20;
const MINUTE = 60;
const LOOK_MS = 1000;
const MIB = 2 ** 20;

export const TAIL = "tail";

interface Run {
  /** Of each minute. */
  readonly p50: readonly number[];
  readonly p99: readonly number[];
  readonly failures: readonly string[];
  /** The most that was resident. */
  readonly bytes: number;
}

/** @param rate requests a second */
export function tail(rate: number, minutes: number): Promise<BenchCase[]> {
  return withScene(async ({ company, gateway, startPassThrough }) => {
    const bare = await startPassThrough();
    const count = rate * MINUTE;
    const sample = await signedRequests({ company, origin: gateway.origin, count: 1, perTask: 1 });
    const plain = plainRequests(Array.from({ length: count }, () => sample[0] as LoadRequest));
    const theirs = await run(
      "pass-through",
      bare,
      Array.from({ length: minutes }, () => plain),
      rate,
      Date.now(),
    );
    await settled(bare.pid);

    const before = await folderUse(gateway.state);
    const { requests, begin } = await signAhead(
      { company, origin: gateway.origin, count, perTask: PER_TASK, rate },
      minutes,
    );
    const ours = await run("gateway", gateway, requests, rate, begin);
    await atRest(gateway.pid);
    const { bytes } = await folderUse(gateway.state);
    return casesOf(ours, theirs, (bytes - before.bytes) / (count * minutes), rate);
  });
}

/** All minutes are under way from the start, and each waits for its time, so that no minute waits for the one before. */
async function run(
  name: string,
  { origin, pid }: Workerd,
  requests: readonly LoadRequest[][],
  rate: number,
  begin: number,
): Promise<Run> {
  const start = performance.now() + Math.max(0, begin - Date.now());
  let bytes = 0;
  const looking = setInterval(async () => {
    bytes = Math.max(bytes, await residentBytes(pid));
  }, LOOK_MS);
  const runs = await Promise.all(
    requests.map(async (some, minute) => {
      const one = await openLoop(origin, some, isOrder, rate, start + minute * MINUTE * 1000);
      console.error(`  ${name}, minute ${minute + 1}: ${summaryOf(one)}`);
      return one;
    }),
  ).finally(() => clearInterval(looking));
  const of = (share: number): number[] => runs.map(({ milliseconds }) => percentile(milliseconds, share));
  return { p50: of(0.5), p99: of(0.99), failures: runs.flatMap(({ failures }) => failures), bytes };
}

function summaryOf({ milliseconds, failures }: OpenLoop): string {
  const [p50, p99] = [percentile(milliseconds, 0.5).toFixed(1), percentile(milliseconds, 0.99).toFixed(1)];
  const [first] = failures;
  return `p50 ${p50} ms, p99 ${p99} ms${first === undefined ? "" : `, ${failures.length} failed, the first: ${first}`}`;
}

/** A proof says when it was made, and all are signed before the first request leaves: so it leaves when they will be ready. */
async function signAhead(signing: Signing, minutes: number): Promise<{ requests: LoadRequest[][]; begin: number }> {
  const started = performance.now();
  const trial = Math.ceil(signing.count / 10);
  await signedRequests({ ...signing, count: trial });
  const each = (performance.now() - started) / trial;
  const expected = Math.ceil(each * signing.count * minutes * 1.5);
  console.error(`  signing ${signing.count * minutes} requests, ready in ${Math.ceil(expected / 1000)} s ...`);
  const begin = Date.now() + expected;
  const requests: LoadRequest[][] = [];
  for (let minute = 0; minute < minutes; minute++)
    requests.push(await signedRequests({ ...signing, begin: begin + minute * MINUTE * 1000 }));
  return { requests, begin };
}

function casesOf(ours: Run, theirs: Run, disk: number, rate: number): BenchCase[] {
  const pair = (of: (run: Run) => readonly number[]) => ({ gateway: of(ours), "hono pass-through": of(theirs) });
  const failed = `${ours.failures.length} requests failed, ${theirs.failures.length} of the pass-through`;
  const note = `${rate} requests/s, a new task every ${PER_TASK}; counted from when each was meant to leave; the pass-through ran before, for as long; ${failed}`;
  return [
    report(
      `${TAIL}-p50`,
      "ms",
      "less",
      pair(({ p50 }) => p50),
      "gateway",
      `median of the minutes; ${note}`,
    ),
    report(
      `${TAIL}-p99`,
      "ms",
      "less",
      pair(({ p99 }) => p99),
      "gateway",
      `median of the minutes; ${note}`,
    ),
    report(
      `${TAIL}-p99-worst`,
      "ms",
      "less",
      pair(({ p99 }) => [Math.max(...p99)]),
      "gateway",
      "of all minutes",
    ),
    report(
      `${TAIL}-memory`,
      "MiB",
      "less",
      pair(({ bytes }) => [bytes / MIB]),
      "gateway",
      "the most resident, every second",
    ),
    report(
      `${TAIL}-disk`,
      "bytes a request",
      "less",
      { gateway: [disk] },
      "gateway",
      "blocks of the state folder, archive included",
    ),
  ];
}
