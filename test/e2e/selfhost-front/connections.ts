/** Limits of connections, and slow callers. */
import { Agent, get } from "node:http";
import { describe, expect, test } from "vitest";
import { readTls, type TlsFiles } from "../../../selfhost/front/tls.ts";
import { certificate } from "../certificates.ts";
import { call, chainNow, proofFor } from "../harness.ts";
import { begin, closed, endFront, folder, idle, world } from "./given.ts";

export function testConnections(): void {
  describe("connections", () => {
    /** Undefined where the connection is closed. */
    const health = (agent: Agent | false): Promise<number | undefined> =>
      new Promise((done) => {
        get(`${world.url}/healthz`, { agent }, (answer) => {
          answer.resume().on("end", () => done(answer.statusCode));
        }).on("error", () => done(undefined));
      });

    test("beyond the limit are closed at once, and those that are open are served", async () => {
      await begin({ limits: { connections: 20, requests: 50 } });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      expect(await health(agent)).toBe(200);
      const held = await idle(19);
      const more = await idle(5);
      await Promise.all(more.map(closed));
      expect(await health(agent)).toBe(200);
      expect(held.filter(({ closed: gone }) => gone)).toEqual([]);
      for (const socket of held) socket.destroy();
      agent.destroy();
    });

    test("that say nothing, or never end the head of a request, are closed, and give their places back", async () => {
      await begin({ limits: { connections: 10, requests: 50 }, times: { head: 1000 } });
      const sockets = await idle(10);
      for (const socket of sockets.slice(5)) socket.write("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ");
      const dripping = setInterval(() => sockets[9]?.write("x"), 100);
      await Promise.all(sockets.map(closed));
      clearInterval(dripping);
      expect((await call(world)).status).toBe(200);
    });

    test("that take nothing of their answer are cut, and streams that have no event for as long are not", async () => {
      const running = await begin({ limits: { connections: 2, requests: 50 }, times: { stalled: 500 } });
      const events = await call(world, { path: "/orders/events" });
      const reader = (events.body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      const chain = await chainNow();
      const path = "/orders/large";
      const [socket] = await idle(1);
      socket?.pause();
      const credential = `authorization: DPoP ${chain}\r\ndpop: ${await proofFor(world, chain, { path })}`;
      socket?.write(`GET ${path} HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\n${credential}\r\n\r\n`);
      // A paused socket does not see that it was cut; its place is free again.
      await expect.poll(() => health(false)).toBe(200);
      await endFront(running);
      expect(await reader.read()).toMatchObject({ done: true });
    });

    test("that never end the handshake of TLS are closed", async () => {
      const server = await certificate(folder, "slow");
      const tls = await readTls({ "tls-cert": server.certFile, "tls-key": server.keyFile });
      await begin({ tls: tls as TlsFiles, times: { head: 500 } });
      await Promise.all((await idle(3)).map(closed));
    });
  });
}
