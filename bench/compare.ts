/** Interleaved rounds: every contender once a round, in turning order, so that what the machine does hits all alike. */

export type Contenders = Readonly<Record<string, () => Promise<number>>>;

/** The median of each contender's rounds; the first round warms up and does not count. */
export async function medians(contenders: Contenders, rounds: number): Promise<Record<string, number>> {
  const names = Object.keys(contenders);
  const measured = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    const turned = names.map((_, i) => names[(i + round) % names.length] as string);
    for (const name of turned) {
      const value = await (contenders[name] as () => Promise<number>)();
      if (round > 0) measured.get(name)?.push(value);
    }
  }
  return Object.fromEntries([...measured].map(([name, values]) => [name, median(values)]));
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
  readonly note?: string;
}

/** Where less is better the ratio is peer / ours; where more is better, ours / peer. */
export function report(
  name: string,
  unit: string,
  better: "less" | "more",
  ours: number,
  peers: Readonly<Record<string, number>>,
  note?: string,
): BenchCase {
  const ratio = Object.fromEntries(
    Object.entries(peers).map(([peer, value]) => [peer, round(better === "less" ? value / ours : ours / value)]),
  );
  const rounded = Object.fromEntries(Object.entries(peers).map(([peer, value]) => [peer, round(value)]));
  return { name, unit, ours: round(ours), peers: rounded, ratio, ...(note !== undefined && { note }) };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
