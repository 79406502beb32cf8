/** Sums of measurements, by instrument and attributes: what isolates hand on, and what readers get. */
import { BOUNDS, type CounterName, type HistogramName, type InstrumentName } from "./instruments.ts";

export type Attributes = Readonly<Record<string, string | number>>;

/** Plain data, as it travels between isolates. */
export interface Series {
  readonly name: InstrumentName;
  readonly attributes: Attributes;
  /** Of a counter its value, of a histogram the sum of what was observed. */
  readonly sum: number;
  /** Of a histogram: how many were at most each of `BOUNDS` and above the one before; the last have no bound. */
  readonly buckets: readonly number[];
}

export function counted(name: CounterName, attributes: Attributes, by = 1): Series {
  return { name, attributes, sum: by, buckets: [] };
}

export function observed(name: HistogramName, attributes: Attributes, seconds: number): Series {
  const index = BOUNDS.findIndex((bound) => seconds <= bound);
  const own = index < 0 ? BOUNDS.length : index;
  return { name, attributes, sum: seconds, buckets: Array.from({ length: BOUNDS.length + 1 }, (_, k) => +(k === own)) };
}

/** How many observations a histogram has. */
export function countOf({ buckets }: Series): number {
  return buckets.reduce((sum, each) => sum + each, 0);
}

/** What a series is found by: its attributes in any order. */
export function keyOf({ name, attributes }: Series): string {
  return JSON.stringify([name, ...Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

export interface Register {
  /** @returns the sums that it was added to, with their key */
  add(series: Series): readonly [key: string, total: Series];
  all(): Series[];
  /** Everything, and begins again with nothing. */
  drain(): Series[];
  readonly size: number;
}

/**
 * @param most series that are kept apart; what comes beyond them is summed for each instrument, under the attribute that
 * OpenTelemetry has for it (Metrics SDK, "Cardinality limits"): no request can make it grow without end
 */
export function createRegister(most: number): Register {
  let sums = new Map<string, Series>();

  function merge(key: string, { name, attributes, sum, buckets }: Series): Series {
    const before = sums.get(key);
    const total: Series =
      before === undefined
        ? { name, attributes, sum, buckets }
        : {
            ...before,
            sum: before.sum + sum,
            buckets: before.buckets.map((count, index) => count + (buckets[index] ?? 0)),
          };
    sums.set(key, total);
    return total;
  }

  return {
    add(series) {
      const key = keyOf(series);
      if (sums.has(key) || sums.size < most) return [key, merge(key, series)];
      const beyond = { ...series, attributes: { "otel.metric.overflow": "true" } };
      return [keyOf(beyond), merge(keyOf(beyond), beyond)];
    },
    all: () => [...sums.values()],
    drain() {
      const drained = [...sums.values()];
      sums = new Map();
      return drained;
    },
    get size() {
      return sums.size;
    },
  };
}
