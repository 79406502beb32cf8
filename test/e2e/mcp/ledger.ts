/** What the ledger says of calls. */
import { describe, expect, test } from "vitest";
import { printed } from "../command-line.ts";
import { recordsOf } from "../harness.ts";
import { askToday, chainFor, newTask } from "../mcp.ts";
import { servers, world } from "./given.ts";

export function testLedger(): void {
  describe("the ledger", () => {
    test.each(["application/json", "text/event-stream"])("records that a tool failed: %s", async (type) => {
      const txn = newTask();
      servers.answer = ({ message: { id } }, response) => {
        const text = JSON.stringify({ jsonrpc: "2.0", id, result: { isError: true, content: [] } });
        response.writeHead(200, { "content-type": type }).end(type.endsWith("json") ? text : `data: ${text}\n\n`);
      };
      const call = { name: "refund_order", arguments: { order: "17", amount: 5 } };
      await (await askToday(world, await chainFor("alice", txn), "tools/call", call)).text();
      await expect
        .poll(() => recordsOf(world, txn, 1))
        .toMatchObject([{ outcome: "allowed", status: 200, failed: true }]);
      expect(await printed(["audit", "show", txn, "--gateway", world.url])).toMatch(
        /upstream +200 in \d+ ms; failed, as the server says/,
      );
    });

    test("has the trace that a message contains, and the trace reaches the server", async () => {
      const txn = newTask();
      const traceId = "0af7651916cd43dd8448eb211c80319c";
      const _meta = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
      await askToday(world, await chainFor("alice", txn), "tools/list", { _meta });
      expect(servers.got[0]?.headers["traceparent"]).toContain(traceId);
      expect(await recordsOf(world, txn, 1)).toMatchObject([
        { request: { trace: { traceId, callerId: "00f067aa0ba902b7" } } },
      ]);
    });
  });
}
