/** Sums of measurements, by instrument and attributes, for transfer between isolates and for readers. */
import { BOUNDS, type CounterName, type HistogramName, type InstrumentName } from "./instruments.ts";

export type Attributes = Readonly<Record<string, string | number>>;

/** Plain data, for transfer between isolates. */
export interface Series {
  readonly name: InstrumentName;
  readonly attributes: Attributes;
  /** The value of a counter, or the sum of a histogram's observations. */
  readonly sum: number;
  /** Of a histogram: the count of each bucket of `BOUNDS`; the last bucket has no upper bound. */
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

/** Number of observations of a histogram. */
export function countOf({ buckets }: Series): number {
  return buckets.reduce((sum, each) => sum + each, 0);
}

/** The key of a series: its attributes, sorted. */
export function keyOf({ name, attributes }: Series): string {
  return JSON.stringify([name, ...Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

export interface Register {
  /** @returns the series that it was added to, with its key */
  add(series: Series): readonly [key: string, total: Series];
  all(): Series[];
  /** Returns everything, and starts again empty. */
  drain(): Series[];
  readonly size: number;
}

/**
 * @param most series that are kept separately; beyond it, each instrument has one overflow series with OpenTelemetry's
 * attribute for it (Metrics SDK, "Cardinality limits"), so that requests cannot make it grow without limit
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
