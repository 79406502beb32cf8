/** Counts, reports and logs requests, and sums the metrics of all isolates. */
import type { Env } from "../env.ts";
import { totalsOf } from "../stores.ts";
import { createHandingOn, type TotalsEdges } from "../telemetry/hand-on.ts";
import { levelsOf, type NoticeBacklog } from "../telemetry/levels.ts";
import { countRequest, type MeasuredRequest } from "../telemetry/measured.ts";
import { createTelemetry } from "../telemetry/otlp.ts";
import { prometheusText } from "../telemetry/prometheus.ts";
import { logRequest } from "../telemetry/request-log.ts";
import type { Edges } from "./edges.ts";
import { config, fetchNow, forCollector, forTotals, meter, now, otlpHeaders, sleep, waitUntil } from "./isolate.ts";
import { readinessNow } from "./readiness.ts";

const handingOn = createHandingOn(forTotals);
const telemetry =
  config.telemetry &&
  createTelemetry({ url: config.telemetry.otlp, headers: otlpHeaders, gateway: config.gateway.id }, forCollector);

/** Counts a request, reports it to the collector, and logs it if the configuration says so. */
export function measure(request: MeasuredRequest, env: Env): void {
  countRequest(request, meter, now());
  handingOn.soon(totalsEdges(env));
  telemetry?.add(request, { fetch: fetchNow, sleep, waitUntil, now });
  logRequest(request, config.log.requests, now());
}

function totalsEdges(env: Env): TotalsEdges {
  return { add: async (series) => totalsOf(env).add(series), sleep, waitUntil, now };
}

export async function metricsOf(env: Env, edges: Edges): Promise<string> {
  const [report, notices] = await Promise.all([
    readinessNow(env, edges),
    noticeBacklog(env),
    handingOn.now(totalsEdges(env)),
  ]);
  return prometheusText(await totalsOf(env).all(), levelsOf(report, notices, now()));
}

async function noticeBacklog(env: Env): Promise<NoticeBacklog | undefined> {
  return env.NOTICE_QUEUE.metrics().then(
    ({ backlogCount: count, oldestMessageTimestamp: oldest }) => ({ count, oldest: oldest?.getTime() }),
    () => undefined,
  );
}
