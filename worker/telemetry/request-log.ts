/** A log line for a request, if the configuration says so. */
import type { Config } from "../config.ts";
import { logEvent } from "../log.ts";
import type { MeasuredRequest } from "./measured.ts";

/** @param now milliseconds since the epoch */
export function logRequest(request: MeasuredRequest, asked: Config["log"]["requests"], now: number): void {
  const { id, trace, rule, status, outcome, method, route, received, policySet } = request;
  if (asked === "failed" || (asked === "refused" && outcome === "allowed")) return;
  const about = { outcome, method, route, milliseconds: now - received, policy_set: policySet };
  logEvent("request", { decision: id, trace_id: trace.traceId, rule, status, about });
}
