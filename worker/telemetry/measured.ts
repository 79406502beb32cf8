/**
 * What is counted, traced and logged about a request. It has no identities and tokens; the decision's id leads to the
 * ledger.
 */
import type { AuditRecord } from "../ledger/record.ts";
import type { TraceContext } from "../presentation.ts";
import type { Meter } from "./meter.ts";

export interface MeasuredRequest {
  /** The decision's id. */
  readonly id: string;
  /** Milliseconds since the epoch, when the request arrived. */
  readonly received: number;
  readonly outcome: AuditRecord["outcome"];
  readonly rule?: string | undefined;
  readonly status: number;
  /** The route's path in the configuration; undefined if no route matches. */
  readonly route: string | undefined;
  readonly method: string;
  readonly trace: Pick<TraceContext, "traceId" | "parentId" | "callerId">;
  readonly policySet?: string | undefined;
  /** The MCP message of a verified caller. */
  readonly spoken?: SpokenRequest | undefined;
}

export interface SpokenRequest {
  readonly method: string;
  readonly revision: string;
  /** `id` of the JSON-RPC request, as a string; undefined for a notification. */
  readonly id: string | undefined;
  readonly tool: string | undefined;
}

/**
 * Those of RFC 9110 and PATCH (RFC 5789): the conventions write others as `_OTHER`, so that callers cannot create new
 * series.
 */
const METHODS: ReadonlySet<string> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "TRACE",
]);

/** `http.request.method` (semantic conventions for HTTP). */
export function methodOf(method: string): string {
  return METHODS.has(method) ? method : "_OTHER";
}

/** `error.type`: the rule, if the server has failed; a client's mistake is not an error of the server. */
export function errorTypeOf({ rule, status }: Pick<MeasuredRequest, "rule" | "status">): string | undefined {
  return status >= 500 ? (rule ?? String(status)) : undefined;
}

/** @param now milliseconds since the epoch */
export function countRequest(request: MeasuredRequest, meter: Meter, now: number): void {
  const { received, outcome, rule, status, route, method } = request;
  const attributes = {
    "http.request.method": methodOf(method),
    "http.route": route,
    "http.response.status_code": status,
    "error.type": errorTypeOf(request),
    "hopgate.outcome": outcome,
    "hopgate.rule": rule,
  };
  meter.observe("http.server.request.duration", attributes, now - received);
}
