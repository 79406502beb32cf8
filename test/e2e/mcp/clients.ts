/** The official clients of each revision. */
import { Client as TodayClient, StreamableHTTPClientTransport as TodayTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { describe, expect, test } from "vitest";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { recordsOf } from "../harness.ts";
import { answerOf, CAPABILITIES, chainFor, fetchWith, newTask } from "../mcp.ts";
import { approve, idOf, world } from "./given.ts";

export function testClients(): void {
  describe("the official client of 2025-11-25", () => {
    const connect = async (chain: string): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> => {
      const client = new Client({ name: "test", version: "1" }, { capabilities: CAPABILITIES });
      const transport = new StreamableHTTPClientTransport(new URL(`${world.url}/legacy`), {
        fetch: fetchWith(world, chain),
      });
      await client.connect(transport as Parameters<Client["connect"]>[0]);
      return { client, transport };
    };

    test("lists what may be called, and calls it; the ledger records the call that failed", async () => {
      const txn = newTask();
      const { client } = await connect(await chainFor("alice", txn));
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(["get_order", "refund_order"]);
      const { content } = await client.callTool({ name: "refund_order", arguments: { order: "17", amount: 5 } });
      expect(content).toEqual([{ type: "text", text: "refunded 5 of 17" }]);
      expect(await client.callTool({ name: "get_order", arguments: { order: "missing" } })).toMatchObject({
        isError: true,
      });
      await client.close();
      const calls = async () =>
        ((await recordsOf(world, txn, 5)) as AuditRecord[]).filter(({ request }) => request?.tool);
      await expect.poll(calls).toMatchObject([{ request: { tool: "refund_order" } }, { failed: true }]);
    });

    test("is asked to open the page of an approval, and the call passes when it is sent again", async () => {
      const { client } = await connect(await chainFor());
      const call = () => client.callTool({ name: "refund_order", arguments: { order: "17", amount: 500 } });
      const refused = await call().catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: -32042, message: expect.stringContaining("approval_required") });
      const [page] = (refused as { data: { elicitations: { url: string; mode: string }[] } }).data.elicitations;
      expect(page).toMatchObject({ mode: "url", url: expect.stringContaining(`${world.url}/console/approvals/`) });
      await approve(idOf(page?.url as string));
      expect(await call()).toMatchObject({ content: [{ text: "refunded 500 of 17" }] });
      // An approval is good once.
      expect(await call().catch((error: unknown) => error)).toMatchObject({ code: -32042 });
      await client.close();
    });

    test("has sessions that belong to the person who began them, and to the task", async () => {
      const txn = newTask();
      const alice = await chainFor("alice", txn);
      const { client, transport } = await connect(alice);
      const session = transport.sessionId as string;
      const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
      const ask = (chain: string, method: string, id = session): Promise<Response> =>
        fetchWith(world, chain)(`${world.url}/legacy`, {
          method,
          headers: { ...headers, "mcp-session-id": id, "mcp-protocol-version": "2025-11-25" },
          ...(method === "POST" && { body: JSON.stringify({ jsonrpc: "2.0", id: 9, method: "tools/list" }) }),
        });
      for (const other of [await chainFor("bob", txn), await chainFor("alice")])
        for (const method of ["POST", "GET", "DELETE"]) expect((await ask(other, method)).status, method).toBe(404);
      expect(await answerOf(await ask(await chainFor("bob", txn), "POST"))).toMatchObject({
        id: 9,
        error: { data: { rule: "session_foreign" } },
      });
      // Nor is the server's own id of it good for anything.
      expect((await ask(alice, "POST", session.slice(session.indexOf(".") + 1))).status).toBe(404);
      expect((await client.listTools()).tools).toHaveLength(2);
      expect((await ask(alice, "DELETE")).status).toBe(200);
    });
  });

  describe("the official client of 2026-07-28", () => {
    test("finds the server, lists what may be called, and calls it", async () => {
      const client = new TodayClient({ name: "test", version: "1" }, { versionNegotiation: { mode: "auto" } });
      const fetch = fetchWith(world, await chainFor());
      await client.connect(new TodayTransport(new URL(`${world.url}/today`), { fetch }));
      expect(client.getProtocolEra()).toBe("modern");
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["get_order", "refund_order"]);
      expect(await client.callTool({ name: "refund_order", arguments: { order: "17", amount: 5 } })).toMatchObject({
        content: [{ text: "refunded 5 of 17" }],
      });
      await client.close();
    });

    test("opens the page of an approval, and its call goes through", async () => {
      const client = new TodayClient(
        { name: "test", version: "1" },
        { versionNegotiation: { mode: "auto" }, capabilities: CAPABILITIES },
      );
      const opened: string[] = [];
      client.setRequestHandler("elicitation/create", async ({ params }) => {
        const { url } = params as { url: string };
        opened.push(url);
        await approve(idOf(url));
        return { action: "accept" };
      });
      const fetch = fetchWith(world, await chainFor());
      await client.connect(new TodayTransport(new URL(`${world.url}/today`), { fetch }));
      expect(await client.callTool({ name: "refund_order", arguments: { order: "17", amount: 500 } })).toMatchObject({
        content: [{ text: "refunded 500 of 17" }],
      });
      expect(opened).toHaveLength(1);
      await client.close();
    });
  });

  test("tools that were imported are listed in each revision as the operator imported them", async () => {
    const fetch = fetchWith(world, await chainFor());
    const url = new URL(`${world.url}/pinned`);
    const today = new TodayClient({ name: "test", version: "1" }, { versionNegotiation: { mode: "auto" } });
    await today.connect(new TodayTransport(url, { fetch }));
    const before = new Client({ name: "test", version: "1" });
    await before.connect(new StreamableHTTPClientTransport(url, { fetch }) as Parameters<Client["connect"]>[0]);
    for (const client of [today, before]) {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(["get_order", "drop_tables", "refund_order", "pay_out"]);
      await client.close();
    }
  });
}
