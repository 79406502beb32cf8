/** What is counted, traced and logged of a request. Identities and tokens are not in it: the decision's id leads to the ledger. */
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
  /** The path of the route, as the configuration has it; undefined where no route has the address. */
  readonly route: string | undefined;
  readonly method: string;
  readonly trace: Pick<TraceContext, "traceId" | "parentId" | "callerId">;
  readonly policySet?: string | undefined;
  /** What a verified caller said to an MCP server. */
  readonly spoken?: SpokenRequest | undefined;
}

export interface SpokenRequest {
  readonly method: string;
  readonly revision: string;
  /** `id` of the JSON-RPC request, as text; undefined of a notification. */
  readonly id: string | undefined;
  readonly tool: string | undefined;
}

/** Those of RFC 9110 and PATCH (RFC 5789): the conventions write others as `_OTHER`, so that no caller invents a series. */
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

/** `error.type`: the rule, where the server has failed; what a client did wrong is no error of the server. */
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
