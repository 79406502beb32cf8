/** What was counted since the last batch, as delta sums and histograms of OTLP. */
import { BOUNDS, instrument } from "./instruments.ts";
import { nanoseconds, otlpAttributes } from "./otlp-json.ts";
import { countOf, type Series } from "./series.ts";

const DELTA = 1;

/** @param from milliseconds since the epoch, as is `to` */
export function otlpMetrics(series: readonly Series[], from: number, to: number): object[] {
  const times = { startTimeUnixNano: nanoseconds(from), timeUnixNano: nanoseconds(to) };
  return [...Map.groupBy(series, ({ name }) => name)].map(([name, some]) => {
    const { kind, unit, help: description } = instrument(name);
    const dataPoints = some.map((each) => ({
      ...times,
      attributes: otlpAttributes(each.attributes),
      ...(kind === "histogram" ? histogramPoint(each) : { asInt: String(each.sum) }),
    }));
    const points = { aggregationTemporality: DELTA, dataPoints };
    return kind === "histogram"
      ? { name, unit, description, histogram: points }
      : { name, unit, description, sum: { ...points, isMonotonic: true } };
  });
}

function histogramPoint(series: Series): object {
  const { sum, buckets } = series;
  return { count: String(countOf(series)), sum, bucketCounts: buckets.map(String), explicitBounds: BOUNDS };
}
