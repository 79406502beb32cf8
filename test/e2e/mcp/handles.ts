/** Handles from a server are bound to the party that got them. */
import { describe, expect, test } from "vitest";
import { answerOf, askToday, chainFor, newTask } from "../mcp.ts";
import { answers, approve, idOf, servers, world } from "./given.ts";

export function testHandles(): void {
  describe("a handle from a server is bound to the party that it was given to:", () => {
    test("a task's handle is returned unchanged to its own server, and nobody else can use it", async () => {
      const txn = newTask();
      const alice = await chainFor("alice", txn);
      answers({ resultType: "task", taskId: "t-1", status: "working" });
      const call = { name: "refund_order", arguments: { order: "17", amount: 5 } };
      const begun = await answerOf(await askToday(world, alice, "tools/call", call));
      const taskId = begun.result?.["taskId"] as string;
      expect(taskId).not.toBe("t-1");
      expect((await askToday(world, alice, "tasks/get", { taskId })).status).toBe(200);
      expect(servers.got.at(-1)).toMatchObject({
        headers: { "mcp-name": "t-1" },
        message: { params: { taskId: "t-1" } },
      });
      const seen = servers.got.length;
      for (const other of [await chainFor("bob", txn), await chainFor("alice")])
        for (const method of ["tasks/get", "tasks/cancel"])
          expect((await askToday(world, other, method, { taskId })).status).toBe(400);
      expect(servers.got).toHaveLength(seen);
    });

    test("a state is accepted for the same call of the same party, and for no other", async () => {
      const txn = newTask();
      const alice = await chainFor("alice", txn);
      const call = { name: "refund_order", arguments: { order: "17", amount: 5 } };
      answers({ resultType: "input_required", requestState: "s-1", inputRequests: {} });
      const asked = await answerOf(await askToday(world, alice, "tools/call", call));
      const requestState = asked.result?.["requestState"];
      const inputResponses = { confirm: { action: "accept", content: {} } };
      const retry = { ...call, requestState, inputResponses };
      expect((await askToday(world, alice, "tools/call", retry)).status).toBe(200);
      expect(servers.got.at(-1)?.message.params).toMatchObject({ ...call, requestState: "s-1", inputResponses });
      expect((await askToday(world, await chainFor("bob", txn), "tools/call", retry)).status).toBe(400);
      const other = { ...retry, arguments: { order: "18", amount: 5 } };
      expect((await askToday(world, alice, "tools/call", other)).status).toBe(400);
    });

    test("an approval of one answer to a tool is refused for another answer", async () => {
      const chain = await chainFor();
      const call = { name: "refund_order", arguments: { order: "17", amount: 500 } };
      const withAnswer = (account: string) => ({
        ...call,
        inputResponses: { account: { action: "accept", content: { account } } },
      });
      const asked = await answerOf(await askToday(world, chain, "tools/call", withAnswer("DE1")));
      const { inputRequests, requestState } = asked.result as {
        inputRequests: { "hopgate/approval": { params: { url: string } } };
        requestState: string;
      };
      await approve(idOf(inputRequests["hopgate/approval"].params.url));
      const accepted = { "hopgate/approval": { action: "accept" } };
      expect((await askToday(world, chain, "tools/call", withAnswer("DE2"))).status).toBe(200);
      expect(servers.got).toHaveLength(0);
      const other = { ...call, arguments: { order: "18", amount: 500 }, inputResponses: accepted, requestState };
      expect((await askToday(world, chain, "tools/call", other)).status).toBe(400);
      await askToday(world, chain, "tools/call", { ...call, inputResponses: accepted, requestState });
      // What the client had brought is brought again, without the gateway's own question.
      expect(servers.got.map(({ message }) => message.params?.["inputResponses"])).toEqual([
        withAnswer("DE1").inputResponses,
      ]);
      expect(servers.got[0]?.message.params).not.toHaveProperty("requestState");
    });
  });
}
