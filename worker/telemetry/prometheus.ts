/** The text format of Prometheus, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { BOUNDS, type GaugeName, type InstrumentName, instrument, prometheusName } from "./instruments.ts";
import { type Attributes, countOf, type Series } from "./series.ts";

export const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** A gauge, read at the time of the request. */
export interface Level {
  readonly name: GaugeName;
  readonly attributes?: Attributes;
  readonly value: number;
}

export function prometheusText(series: readonly Series[], levels: readonly Level[]): string {
  const sums = [...Map.groupBy(series, ({ name }) => name)].flatMap(([name, some]) => [
    ...head(name),
    ...some.flatMap((each) => (instrument(name).kind === "histogram" ? histogram(each) : [line(each)])),
  ]);
  const gauges = [...Map.groupBy(levels, ({ name }) => name)].flatMap(([name, some]) => [
    ...head(name),
    ...some.map(({ attributes = {}, value }) => `${prometheusName(name)}${labels(attributes)} ${value}`),
  ]);
  return `${[...sums, ...gauges].join("\n")}\n`;
}

function head(name: InstrumentName): string[] {
  const { help, kind } = instrument(name);
  return [`# HELP ${prometheusName(name)} ${help}`, `# TYPE ${prometheusName(name)} ${kind}`];
}

function line({ name, attributes, sum }: Series): string {
  return `${prometheusName(name)}${labels(attributes)} ${sum}`;
}

function histogram(series: Series): string[] {
  const { name, attributes, sum, buckets } = series;
  const own = prometheusName(name);
  let below = 0;
  const lines = [...BOUNDS, "+Inf"].map((bound, index) => {
    below += buckets[index] ?? 0;
    return `${own}_bucket${labels({ ...attributes, le: String(bound) })} ${below}`;
  });
  return [...lines, `${own}_sum${labels(attributes)} ${sum}`, `${own}_count${labels(attributes)} ${countOf(series)}`];
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

function labels(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(
    ([name, value]) =>
      `${name.replaceAll(".", "_")}="${String(value).replace(/[\\"\n]/g, (each) => ESCAPES[each] as string)}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
