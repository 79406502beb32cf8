/**
 * A span of kind SERVER for each request, by the semantic conventions for HTTP, and those for MCP on routes to MCP
 * servers. Paths, queries and callers' addresses are left out, because they may name people.
 */
import { errorTypeOf, type MeasuredRequest, methodOf } from "./measured.ts";
import { nanoseconds, otlpAttributes } from "./otlp-json.ts";

/** One request and its end, in milliseconds since the epoch: when the head of the answer was ready. */
export interface TracedRequest {
  readonly request: MeasuredRequest;
  readonly end: number;
}

const SERVER = 2;
const UNSET = 0;
const ERROR = 2;

export function spanOf({ request, end }: TracedRequest): object {
  const { id, received, outcome, rule, status, route, method, trace, policySet } = request;
  const { traceId, parentId, callerId } = trace;
  const error = errorTypeOf(request);
  return {
    traceId,
    spanId: parentId,
    ...(callerId !== undefined && { parentSpanId: callerId }),
    name: nameOf(request),
    kind: SERVER,
    startTimeUnixNano: nanoseconds(received),
    endTimeUnixNano: nanoseconds(end),
    attributes: otlpAttributes({
      "http.request.method": methodOf(method),
      "http.route": route,
      "http.response.status_code": status,
      "error.type": error,
      ...spokenAttributes(request),
      "hopgate.decision.id": id,
      "hopgate.outcome": outcome,
      "hopgate.rule": rule,
      "hopgate.policy_set": policySet,
    }),
    status: { code: error === undefined ? UNSET : ERROR },
  };
}

/** `{mcp.method.name} {gen_ai.tool.name}` for MCP, `{method} {http.route}` for HTTP; an unknown method is `HTTP`. */
function nameOf({ method, route, spoken }: MeasuredRequest): string {
  const known = methodOf(method);
  const parts = spoken ? [spoken.method, spoken.tool] : [known === "_OTHER" ? "HTTP" : known, route];
  return parts.filter((part) => part !== undefined).join(" ");
}

function spokenAttributes({ spoken }: MeasuredRequest): Record<string, string | undefined> {
  if (spoken === undefined) return {};
  return {
    "mcp.method.name": spoken.method,
    "mcp.protocol.version": spoken.revision,
    "jsonrpc.request.id": spoken.id,
    "gen_ai.tool.name": spoken.tool,
    "gen_ai.operation.name": spoken.tool === undefined ? undefined : "execute_tool",
  };
}
