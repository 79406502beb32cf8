/**
 * OpenTelemetry over OTLP/HTTP JSON: a span for each request, and the metrics, collected in the isolate and sent after
 * the responses. Unlike the ledger, telemetry may be lost.
 */
import { fetchWhole } from "../content.ts";
import { logEvent, logFailure } from "../log.ts";
import { type BatchEdges, createBatches } from "./batches.ts";
import type { MeasuredRequest } from "./measured.ts";
import { otlpAttributes } from "./otlp-json.ts";
import { otlpMetrics } from "./otlp-metrics.ts";
import type { Register } from "./series.ts";
import { spanOf, type TracedRequest } from "./spans.ts";

export interface CollectorEdges extends BatchEdges {
  fetch(request: Request): Promise<Response>;
}

export interface Telemetry {
  add(request: MeasuredRequest, edges: CollectorEdges): void;
}

export interface Collector {
  /** Base address: `/v1/traces` and `/v1/metrics` are appended. */
  readonly url: string;
  /** Additional headers, such as its credential. */
  readonly headers: Readonly<Record<string, string>>;
  /** `gateway.id`. */
  readonly gateway: string;
}

const GATHER_MS = 1000;
const MOST_SPANS = 500;

/** @param register the isolate's counts for the collector */
export function createTelemetry({ url, headers, gateway }: Collector, register: Register): Telemetry {
  let waiting: TracedRequest[] = [];
  let dropped = 0;
  let since: number | undefined;
  let instance: string | undefined;

  /**
   * Each isolate is an instance. Its id is made in the first request, because workerd has random numbers only there.
   */
  function resource(): object {
    instance ??= crypto.randomUUID();
    const attributes = { "service.name": "hopgate", "service.instance.id": instance, "hopgate.gateway": gateway };
    return { attributes: otlpAttributes(attributes) };
  }

  async function post(path: string, body: object, { fetch }: CollectorEdges): Promise<void> {
    const request = new Request(`${url.replace(/\/$/, "")}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const { ok, status } = await fetchWhole(request, fetch);
    if (!ok) throw new Error(`status ${status}`);
  }

  async function send(edges: CollectorEdges): Promise<void> {
    const now = edges.now();
    const [spans, metrics] = [waiting.map(spanOf), otlpMetrics(register.drain(), since ?? now, now)];
    const lost = dropped;
    [waiting, dropped, since] = [[], 0, now];
    const scope = { name: "hopgate" };
    const traces = { resourceSpans: [{ resource: resource(), scopeSpans: [{ scope, spans }] }] };
    const counts = { resourceMetrics: [{ resource: resource(), scopeMetrics: [{ scope, metrics }] }] };
    try {
      await Promise.all([post("/v1/traces", traces, edges), post("/v1/metrics", counts, edges)]);
    } catch (error) {
      logFailure("telemetry_lost", { count: spans.length }, error);
    }
    if (lost > 0) logEvent("telemetry_dropped", { count: lost });
  }

  const sendSoon = createBatches(GATHER_MS, () => waiting.length === 0 && register.size === 0, send);
  return {
    add(request, edges) {
      const end = edges.now();
      since ??= end;
      if (waiting.length < MOST_SPANS) waiting.push({ request, end });
      else dropped++;
      sendSoon(edges);
    },
  };
}
