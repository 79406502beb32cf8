/**
 * Everything that is measured: names and units of OpenTelemetry (semantic conventions 1.40, HTTP and database metrics),
 * and their meaning. docs/reference/metrics.md is printed from it (`npm run docs`).
 */

export type Kind = "counter" | "histogram" | "gauge";

export interface Instrument {
  readonly kind: Kind;
  /** UCUM, as OpenTelemetry writes units. */
  readonly unit: string;
  readonly help: string;
  readonly attributes: readonly string[];
}

/**
 * Upper bounds of histograms in seconds: those that the conventions recommend for HTTP, and two smaller ones for
 * stores.
 */
export const BOUNDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

function histogram(help: string, ...attributes: string[]): Instrument & { readonly kind: "histogram" } {
  return { kind: "histogram", unit: "s", help, attributes };
}

function counter(unit: string, help: string, ...attributes: string[]): Instrument & { readonly kind: "counter" } {
  return { kind: "counter", unit, help, attributes };
}

function gauge(unit: string, help: string, ...attributes: string[]): Instrument & { readonly kind: "gauge" } {
  return { kind: "gauge", unit, help, attributes };
}

export const INSTRUMENTS = {
  "http.server.request.duration": histogram(
    "Time from the arrival of a request to the head of its answer.",
    ...["http.request.method", "http.route", "http.response.status_code", "error.type"],
    ...["hopgate.outcome", "hopgate.rule"],
  ),
  "http.client.request.duration": histogram(
    "Time from the call of an upstream to the head of its answer.",
    ...[
      "http.request.method",
      "http.route",
      "server.address",
      "server.port",
      "http.response.status_code",
      "error.type",
    ],
  ),
  "db.client.operation.duration": histogram(
    "Time that a shard of the ledger took to admit a request.",
    ...["db.system.name", "db.operation.name", "error.type"],
  ),
  "hopgate.admissions": counter("{admission}", "Answers of the ledger to requests.", "hopgate.answer"),
  "hopgate.cache.lookups": counter(
    "{lookup}",
    "Lookups in the caches of an isolate.",
    ...["hopgate.cache", "hopgate.cache.result"],
  ),
  "hopgate.acts": counter("{act}", "What people and transmitters of security events did.", "hopgate.act"),
  "hopgate.comparisons.lost": counter("{comparison}", "Comparisons with the candidate policies that were lost."),
  "hopgate.ready": gauge("1", "1 if /readyz answers 200, else 0."),
  "hopgate.policies.age": gauge("s", "Time since the policy set was last seen to be current."),
  "hopgate.ledger.failing": gauge("s", "Time for which the ledger could not be written; 0 if it can."),
  "hopgate.ledger.waiting": gauge("{entry}", "Entries of the ledger that wait for the archive."),
  "hopgate.ledger.waiting.age": gauge("s", "Age of the oldest entry that waits for the archive."),
  "hopgate.notices.waiting": gauge("{message}", "Notices that wait to be delivered."),
  "hopgate.notices.waiting.age": gauge("s", "Age of the oldest notice that waits to be delivered."),
  "hopgate.revocations.pending": gauge("{shard}", "Shards of the ledger that do not have every revocation."),
  "hopgate.issuer.keys": gauge("{key}", "Keys of an issuer that are accepted now.", "hopgate.issuer"),
  "hopgate.issuer.keys.age": gauge("s", "Time since the keys of an issuer were fetched.", "hopgate.issuer"),
} as const satisfies Record<string, Instrument>;

export type InstrumentName = keyof typeof INSTRUMENTS;

type OfKind<K extends Kind> = {
  [Name in InstrumentName]: (typeof INSTRUMENTS)[Name]["kind"] extends K ? Name : never;
}[InstrumentName];

export type CounterName = OfKind<"counter">;
export type HistogramName = OfKind<"histogram">;
export type GaugeName = OfKind<"gauge">;

export function instrument(name: InstrumentName): Instrument {
  return INSTRUMENTS[name];
}

/** By OpenTelemetry's rules for Prometheus: underscores, the unit, and `_total` for counters. */
export function prometheusName(name: InstrumentName): string {
  const { unit, kind } = instrument(name);
  return name.replaceAll(".", "_") + (unit === "s" ? "_seconds" : "") + (kind === "counter" ? "_total" : "");
}
