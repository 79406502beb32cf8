/** A stop loses no request. */
import { Agent, get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { call, chainNow, proofFor, recordsOf } from "../harness.ts";
import { closing, nextMessage, openSocket } from "../web-socket.ts";
import { begin, endFront, opened, selfhost, toFront, world } from "./given.ts";

export function testStop(): void {
  describe("a stop", () => {
    test("lets a request in flight end, refuses new ones, and accepts no new connection", async () => {
      const running = await begin();
      const agent = new Agent({ keepAlive: true });
      const send = async (path: string): Promise<IncomingMessage> => {
        const chain = await chainNow();
        const headers = { authorization: `DPoP ${chain}`, dpop: await proofFor(world, chain, { path }) };
        return new Promise((done, failed) => {
          get(world.url + path, { agent, headers }, done).on("error", failed);
        });
      };
      // Two connections, of which one is at work and one is between requests of which the next is on its way.
      const slow = send("/orders/held-for-a-second");
      const asked = selfhost.world.upstream.asked;
      await expect.poll(() => asked.get("/orders/held-for-a-second")).toBe(1);
      const socket = toFront();
      await opened(socket);
      socket.write("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n");
      await expect.poll(() => socket.bytesWritten).toBeGreaterThan(0);
      const stopped = endFront(running);
      socket.write("\r\n");
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 503 [\s\S]*gateway_stopping/);
      await expect(fetch(`${world.url}/healthz`)).rejects.toThrow();
      const answer = await slow;
      expect(answer.statusCode).toBe(200);
      answer.resume();
      await stopped;
      agent.destroy();
    });

    test("ends a stream of events after an event, and tells a WebSocket that the gateway goes away", async () => {
      const running = await begin();
      const events = await call(world, { path: "/orders/events" });
      const reader = (events.body as ReadableStream<Uint8Array>).getReader();
      expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe("data: first\n\n");
      const socket = await openSocket(world);
      socket.send("hello");
      await nextMessage(socket);
      const closed = closing(socket);
      await endFront(running);
      expect(await reader.read()).toMatchObject({ done: true });
      expect((await closed)[0]).toBe(1001);
    });

    test("records the outcomes of requests that it let finish", async () => {
      const running = await begin();
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await chainNow({ 0: { claims: { txn } } });
      const answers = Promise.all(Array.from({ length: 20 }, () => call(world, { chain })));
      await expect.poll(async () => (await recordsOf(selfhost.world, txn, 1)).length).toBeGreaterThan(0);
      await endFront(running);
      const statuses = (await answers.catch(() => [])).map(({ status }) => status);
      const allowed = statuses.filter((status) => status === 200).length;
      const records = (await recordsOf(selfhost.world, txn, allowed)) as AuditRecord[];
      expect(records.length).toBeGreaterThanOrEqual(allowed);
    });
  });
}
