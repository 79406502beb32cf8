/** Spans by OpenTelemetry's conventions. */
import { describe, expect, test } from "vitest";
import type { MeasuredRequest } from "../../../worker/telemetry/measured.ts";
import { spanOf } from "../../../worker/telemetry/spans.ts";

const request: MeasuredRequest = {
  id: "d",
  received: 1000,
  outcome: "allowed",
  status: 200,
  route: "/orders/*",
  method: "GET",
  trace: { traceId: "t", parentId: "p", callerId: undefined },
};

interface Told {
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code: number };
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

const told = (changes: Partial<MeasuredRequest>): Told =>
  spanOf({ request: { ...request, ...changes }, end: 2000 }) as Told;
const attributesOf = ({ attributes }: Told): Record<string, string | undefined> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));

describe("a request over HTTP", () => {
  test("is named by its method and the route's path, and is a server's", () => {
    expect(told({})).toMatchObject({ name: "GET /orders/*", kind: 2, status: { code: 0 } });
  });

  test("by a method that a caller invents is `HTTP`, and `_OTHER`", () => {
    const span = told({ method: "SPY<script>", route: undefined });
    expect(span.name).toBe("HTTP");
    expect(attributesOf(span)["http.request.method"]).toBe("_OTHER");
  });

  test("is an error if the server failed, not if the caller was refused", () => {
    expect(told({ outcome: "denied", rule: "revoked", status: 401 }).status.code).toBe(0);
    const failed = told({ outcome: "failed", rule: "upstream_timeout", status: 504 });
    expect(failed.status.code).toBe(2);
    expect(attributesOf(failed)["error.type"]).toBe("upstream_timeout");
  });
});

describe("a message to an MCP server", () => {
  const spoken = { method: "tools/call", revision: "2025-11-25", id: "7", tool: "refund_order" };

  test("is named by its method and the tool", () => {
    const span = told({ spoken, method: "POST", route: "/mcp" });
    expect(span.name).toBe("tools/call refund_order");
    expect(attributesOf(span)).toMatchObject({
      "mcp.method.name": "tools/call",
      "mcp.protocol.version": "2025-11-25",
      "jsonrpc.request.id": "7",
      "gen_ai.tool.name": "refund_order",
      "gen_ai.operation.name": "execute_tool",
      "http.route": "/mcp",
    });
  });

  test("that calls no tool executes none", () => {
    const span = told({ spoken: { ...spoken, method: "tools/list", tool: undefined } });
    expect(span.name).toBe("tools/list");
    expect(attributesOf(span)).not.toHaveProperty("gen_ai.operation.name");
  });
});
