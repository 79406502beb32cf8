/**
 * OpenTelemetry over OTLP/HTTP JSON: a server span and two metrics for every request, gathered in the isolate and sent after
 * the responses. Telemetry may be lost; the ledger is what may not.
 */
import { fetchWhole } from "../content.ts";
import { continueTrace } from "../trace.ts";
import type { MeasuredRequest } from "./measured.ts";

/** One request as telemetry tells it. */
export interface Measured {
  readonly record: MeasuredRequest;
  /** Milliseconds since the epoch, when the answer was there. */
  readonly end: number;
}

export interface TelemetryEdges {
  fetch(request: Request): Promise<Response>;
  sleep(milliseconds: number): Promise<unknown>;
  waitUntil(work: Promise<unknown>): void;
}

export interface Telemetry {
  add(measured: Measured, edges: TelemetryEdges): void;
}

const GATHER_MS = 1000;
/** Batches that one request's context sends: it may be ended after 30 seconds. */
const ROUNDS = 3;
/** Milliseconds after which a context that sends is taken for ended. */
const ABANDONED_MS = 60_000;
const MOST = 500;
const BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000];
const SERVER = 2;
const DELTA = 1;
const ERROR = 2;

/** @param headers more headers for the collector, such as its credential */
export function createTelemetry(collector: string, service: string, headers: Record<string, string>): Telemetry {
  let waiting: Measured[] = [];
  let dropped = 0;
  /** When what is being sent began to be sent, in milliseconds since the epoch. */
  let sending: number | undefined;
  const resource = { attributes: attributes({ "service.name": "hopgate", "service.instance.id": service }) };

  async function post(path: string, body: object, { fetch }: TelemetryEdges): Promise<void> {
    const request = new Request(`${collector.replace(/\/$/, "")}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const { ok, status } = await fetchWhole(request, fetch);
    if (!ok) throw new Error(`status ${status}`);
  }

  async function send(batch: readonly Measured[], edges: TelemetryEdges): Promise<void> {
    const scope = { name: "hopgate" };
    const traces = { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: batch.map(spanOf) }] }] };
    const metrics = { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: metricsOf(batch) }] }] };
    try {
      await Promise.all([post("/v1/traces", traces, edges), post("/v1/metrics", metrics, edges)]);
    } catch (error) {
      console.warn(JSON.stringify({ event: "telemetry_lost", spans: batch.length, error: String(error) }));
    }
  }

  /** One batch after the other: a collector that never answers holds two connections, and no more. */
  async function flush(edges: TelemetryEdges): Promise<void> {
    for (let round = 0; round < ROUNDS && waiting.length > 0; round++) {
      await edges.sleep(GATHER_MS);
      const batch = waiting;
      waiting = [];
      await send(batch, edges);
      if (dropped > 0) console.warn(JSON.stringify({ event: "telemetry_dropped", spans: dropped }));
      dropped = 0;
    }
    sending = undefined;
  }

  return {
    add(measured, edges) {
      if (waiting.length < MOST) waiting.push(measured);
      else dropped++;
      if (sending !== undefined && measured.end - sending < ABANDONED_MS) return;
      sending = measured.end;
      edges.waitUntil(flush(edges));
    },
  };
}

/** A span of kind SERVER, under the caller's where it has one. Identities stay in the ledger: the id leads there. */
function spanOf({ record, end }: Measured): object {
  const { id, outcome, rule, request, status, decision } = record;
  const { traceId, parentId, callerId } = request?.trace ?? continueTrace(new Headers());
  return {
    traceId,
    spanId: parentId,
    ...(callerId !== undefined && { parentSpanId: callerId }),
    name: request === undefined ? "request" : `${request.method} ${request.route}`,
    kind: SERVER,
    startTimeUnixNano: `${startOf(record)}000000`,
    endTimeUnixNano: `${end}000000`,
    attributes: attributes({
      "hopgate.decision.id": id,
      "hopgate.outcome": outcome,
      "hopgate.rule": rule,
      "hopgate.policy_set": decision?.policySet,
      "http.response.status_code": status,
      "http.request.method": request?.method,
      "http.route": request?.route,
    }),
    status: { code: outcome === "failed" ? ERROR : 0 },
  };
}

function startOf({ time }: MeasuredRequest): number {
  return Date.parse(time);
}

/** Deltas over a batch: requests by outcome and rule, and how long they took. */
function metricsOf(batch: readonly Measured[]): object[] {
  const times = {
    startTimeUnixNano: `${Math.min(...batch.map(({ record }) => startOf(record)))}000000`,
    timeUnixNano: `${Math.max(...batch.map(({ end }) => end))}000000`,
  };
  const byOutcome = Map.groupBy(batch, ({ record }) => `${record.outcome} ${record.rule ?? "none"}`);
  const counts = [...byOutcome].map(([key, some]) => {
    const [outcome, rule] = key.split(" ");
    return {
      ...times,
      attributes: attributes({ "hopgate.outcome": outcome, "hopgate.rule": rule }),
      asInt: String(some.length),
    };
  });
  const durations = batch.map(({ record, end }) => end - startOf(record));
  const buckets = [...BOUNDS_MS, Number.POSITIVE_INFINITY].map((bound, index) => {
    const least = BOUNDS_MS[index - 1] ?? Number.NEGATIVE_INFINITY;
    return String(durations.filter((duration) => duration > least && duration <= bound).length);
  });
  const sum = durations.reduce((total, duration) => total + duration, 0);
  const point = { ...times, count: String(batch.length), sum, bucketCounts: buckets, explicitBounds: BOUNDS_MS };
  return [
    {
      name: "hopgate.requests",
      unit: "{request}",
      sum: { aggregationTemporality: DELTA, isMonotonic: true, dataPoints: counts },
    },
    {
      name: "hopgate.request.duration",
      unit: "ms",
      histogram: { aggregationTemporality: DELTA, dataPoints: [point] },
    },
  ];
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): object[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } }];
  });
}
