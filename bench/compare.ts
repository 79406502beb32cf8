/** Interleaved rounds: every contender once a round, in turning order, so that what the machine does hits all alike. */

export type Contenders<Measured = number> = Readonly<Record<string, () => Promise<Measured>>>;

/** What each contender measured, round by round. */
export type Rounds<Measured = number> = Readonly<Record<string, readonly Measured[]>>;

/** Runs the rounds; the first warms up and does not count. */
export async function interleave<Measured = number>(
  contenders: Contenders<Measured>,
  rounds: number,
): Promise<Rounds<Measured>> {
  const names = Object.keys(contenders);
  const measured = new Map<string, Measured[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    const turned = names.map((_, i) => names[(i + round) % names.length] as string);
    for (const name of turned) {
      const value = await (contenders[name] as () => Promise<Measured>)();
      if (round > 0) measured.get(name)?.push(value);
    }
  }
  return Object.fromEntries(measured);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]] as [number, number];
  return (low + high) / 2;
}

/** One line of the report. */
export interface BenchCase {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peers: Readonly<Record<string, number>>;
  /** How many times better ours is, peer by peer. */
  readonly ratio: Readonly<Record<string, number>>;
  /** What each measured, round by round. */
  readonly rounds: Rounds;
  readonly note?: string;
}

/**
 * Medians of what contender `us` and its peers measured. A ratio is the median of the ratios within each round, so that a
 * slow spell of the machine weighs on both sides of it: peer / ours where less is better, ours / peer where more is.
 */
export function report(
  name: string,
  unit: string,
  better: "less" | "more",
  measured: Rounds,
  us: string,
  note?: string,
): BenchCase {
  const { [us]: ours = [], ...peers } = measured;
  const ratioTo = (theirs: readonly number[]): number =>
    median(theirs.map((value, i) => (better === "less" ? value / (ours[i] as number) : (ours[i] as number) / value)));
  return {
    name,
    unit,
    ours: round(median(ours)),
    peers: mapValues(peers, (values) => round(median(values))),
    ratio: mapValues(peers, (values) => round(ratioTo(values))),
    rounds: mapValues(measured, (values) => values.map(round)),
    ...(note !== undefined && { note }),
  };
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
