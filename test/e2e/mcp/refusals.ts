/** Refusals, in the form of each revision. */
import { describe, expect, test } from "vitest";
import { nowSeconds } from "../harness.ts";
import { answerOf, askBefore, askToday, chainFor, newTask } from "../mcp.ts";
import { answers, servers, world } from "./given.ts";

export function testRefusals(): void {
  describe("a refusal is JSON-RPC with the request's id, and the code of the revision:", () => {
    const refund = { name: "refund_order", arguments: { order: "17", amount: 5 } };
    type Case = readonly [
      string,
      string,
      Record<string, unknown>,
      Record<string, string | undefined>,
      number,
      number,
      string,
    ];
    test.each<Case>([
      ["no name in the headers", "tools/call", refund, { "mcp-name": undefined }, 400, -32020, "mirror_mismatch"],
      [
        "another name in the headers",
        "tools/call",
        refund,
        { "mcp-name": "get_order" },
        400,
        -32020,
        "mirror_mismatch",
      ],
      [
        "another method in the headers",
        "tools/call",
        refund,
        { "mcp-method": "tools/list" },
        400,
        -32020,
        "mirror_mismatch",
      ],
      [
        "no version in the headers",
        "tools/list",
        {},
        { "mcp-protocol-version": undefined },
        400,
        -32020,
        "mirror_mismatch",
      ],
      [
        "the version before in the headers",
        "tools/list",
        {},
        { "mcp-protocol-version": "2025-11-25" },
        400,
        -32020,
        "mirror_mismatch",
      ],
      [
        "a parameter's header missing",
        "tools/call",
        { name: "get_order", arguments: { order: "17" } },
        {},
        400,
        -32020,
        "mirror_mismatch",
      ],
      [
        "another parameter in the headers",
        "tools/call",
        { name: "get_order", arguments: { order: "17" } },
        { "mcp-param-order": "18" },
        400,
        -32020,
        "mirror_mismatch",
      ],
      [
        "no capabilities",
        "tools/list",
        { _meta: { "io.modelcontextprotocol/clientCapabilities": 1 } },
        {},
        400,
        -32602,
        "meta_malformed",
      ],
      ["a method that the revision has no more", "ping", {}, {}, 404, -32601, "method_unknown"],
      ["a method that nobody declares", "completion/complete", {}, {}, 404, -32601, "method_unknown"],
      [
        "headers that disagree, before it matters whether there is such a tool",
        "tools/call",
        { name: "drop_tables" },
        { "mcp-method": "tools/list" },
        400,
        -32020,
        "mirror_mismatch",
      ],
      ["a tool that nobody declares", "tools/call", { name: "drop_tables" }, {}, 403, -32602, "tool_unknown"],
      ["a tool by another case", "tools/call", { ...refund, name: "Refund_Order" }, {}, 403, -32602, "tool_unknown"],
      [
        "an argument of another type",
        "tools/call",
        { ...refund, arguments: { order: 17, amount: 5 } },
        {},
        400,
        -32602,
        "tool_argument",
      ],
      ["a scope that the chain lacks", "tools/call", { name: "pay_out" }, {}, 403, 403, "scope_insufficient"],
      ["what no policy permits", "prompts/get", { name: "p" }, {}, 403, 403, "policy_denied"],
      ["another's task", "tasks/get", { taskId: "t-1" }, {}, 400, -32602, "handle_foreign"],
      ["another's state", "tools/call", { ...refund, requestState: "s" }, {}, 400, -32602, "handle_foreign"],
    ])("%s", async (_, method, params, headers, status, code, rule) => {
      const answer = await answerOf(await askToday(world, await chainFor(), method, params, headers));
      expect(answer).toMatchObject({ status, id: 1, error: { code, data: { rule } } });
      expect(servers.got).toHaveLength(0);
    });

    test("of an unknown revision, with the known ones", async () => {
      const params = { _meta: { "io.modelcontextprotocol/protocolVersion": "1900-01-01" } };
      const answer = await answerOf(
        await askToday(world, await chainFor(), "tools/list", params, { "mcp-protocol-version": "1900-01-01" }),
      );
      expect(answer).toMatchObject({
        status: 400,
        error: { code: -32022, data: { supported: ["2026-07-28"], requested: "1900-01-01" } },
      });
    });

    test("of an invalid credential, with its challenge", async () => {
      const expired = await chainFor("alice", newTask(), { exp: nowSeconds() - 60 });
      const response = await askToday(world, expired, "tools/list");
      expect(response.headers.get("www-authenticate")).toContain("resource_metadata=");
      expect(await answerOf(response)).toMatchObject({ status: 401, id: 1, error: { code: 401 } });
    });
  });

  test("a message of the earlier revision needs no headers that mirror it, and the client's answers pass", async () => {
    const chain = await chainFor();
    answers({});
    const call = { name: "refund_order", arguments: { order: "17", amount: 5 } };
    expect((await askBefore(world, chain, "tools/call", call)).status).toBe(200);
    expect(await answerOf(await askBefore(world, chain, "server/discover"))).toMatchObject({
      status: 400,
      error: { code: -32601 },
    });
    expect(servers.got).toHaveLength(1);
  });
}
