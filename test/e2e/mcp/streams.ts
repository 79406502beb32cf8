/** Streams end with the chain that opened them. */
import { describe, expect, test } from "vitest";
import { printed } from "../command-line.ts";
import { admin, chainNow, nowSeconds, recordsOf, taskOf } from "../harness.ts";
import { askToday, chainFor, newTask } from "../mcp.ts";
import { servers, world } from "./given.ts";

export function testStreams(): void {
  describe("streams", () => {
    const listen = { notifications: { toolsListChanged: true } };
    const open = (): void => {
      servers.answer = (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(
          `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged" })}\n\n`,
        );
      };
    };

    test("end with an answer when the chain is revoked, and are closed at the server too", async () => {
      open();
      const txn = newTask();
      const response = await askToday(world, await chainFor("alice", txn), "subscriptions/listen", listen);
      expect(response.headers.get("x-accel-buffering")).toBe("no");
      servers.left.length = 0;
      const text = response.text();
      expect((await admin(world, "revocations", { kind: "task", task: taskOf(txn) })).ok).toBe(true);
      expect(await text).toMatch(
        /"result":\{"resultType":"complete","_meta":\{"io\.modelcontextprotocol\/subscriptionId":1\}\}/,
      );
      await expect.poll(() => servers.left).toEqual(["subscriptions/listen"]);
      await expect.poll(() => recordsOf(world, txn, 1)).toMatchObject([{ ended: "revoked" }, { act: "revoked" }]);
      expect(await printed(["audit", "show", txn, "--gateway", world.url])).toContain(
        "the gateway ended the stream (revoked)",
      );
    });

    test("end when the chain expires; a request that was not answered has failed", async () => {
      open();
      const claims = { exp: nowSeconds() + 4 };
      const chain = await chainNow({ 0: { claims: { ...claims, txn: newTask() } }, 1: { claims }, 2: { claims } });
      const call = { name: "refund_order", arguments: { order: "17", amount: 5 } };
      const text = await (await askToday(world, chain, "tools/call", call)).text();
      expect(text).toMatch(/"id":1,"error":\{"code":401,.*"rule":"expired"/);
    });

    test("that a client leaves are closed at the server, without an event on them", async () => {
      open();
      const response = await askToday(world, await chainFor(), "subscriptions/listen", listen);
      servers.left.length = 0;
      await response.body?.cancel();
      await expect.poll(() => servers.left).toEqual(["subscriptions/listen"]);
    });
  });
}
