/** Limits of connections, and slow callers. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Agent } from "node:http";
import type { Server, Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { readTls, type TlsFiles } from "../../../selfhost/front/tls.ts";
import { cases } from "../../cases.ts";
import { certificate } from "../certificates.ts";
import { call, chainNow, proofFor } from "../harness.ts";
import { begin, closed, endFront, folder, health, idle, world } from "./given.ts";

export function testConnections(): void {
  describe("connections", () => {
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

    const ATTACKERS = cases(1000);
    test(`of one address, opened ${ATTACKERS} at a time, leave room for another address, and have no more than its share`, async () => {
      await begin({ limits: { connections: 100, perAddress: 25, requests: 50 }, times: { head: 600_000 } });
      const [attacker, open] = ["127.0.0.2", new Set<Socket>()];
      const attack = async (): Promise<void> => {
        for (let turn = 0; turn < 3; turn++) {
          const [socket] = (await idle(1, attacker)) as [Socket];
          // Until it sends something, a client does not notice that the server's queue had no place (listen(2)).
          socket.write("G");
          open.add(socket);
          await Promise.race([closed(socket), over]);
          if (socket.closed) open.delete(socket);
        }
      };
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      const attacks = Array.from({ length: ATTACKERS }, attack);
      for (let turn = 0; turn < 10; turn++) {
        const served = await Promise.all(Array.from({ length: 20 }, () => health(false)));
        expect(served).toEqual(served.map(() => 200));
      }
      // Each attacker has opened three connections by then, unless one of them stays open.
      await expect.poll(() => open.size, { timeout: 180_000 }).toBe(25);
      expect(await health(false, attacker)).toBeUndefined();
      end();
      for (const socket of open) socket.destroy();
      await Promise.all(attacks);
      for (const socket of open) socket.destroy();
      await expect.poll(() => health(false, attacker)).toBe(200);
    }, 240_000);

    test("of one address beyond its share are closed before the handshake of TLS", async () => {
      const server = await certificate(folder, "share");
      const tls = await readTls({ "tls-cert": server.certFile, "tls-key": server.keyFile });
      await begin({ tls: tls as TlsFiles, limits: { connections: 20, perAddress: 5, requests: 50 } });
      const held = await idle(5);
      await Promise.all((await idle(10)).map(closed));
      expect(held.filter(({ closed: gone }) => gone)).toEqual([]);
      for (const socket of held) socket.destroy();
      await expect.poll(async () => (await idle(1)).map(({ closed: gone }) => gone)).toEqual([false]);
    });

    test("are taken after an error of the socket, which is logged", async () => {
      await begin();
      let server: Server | undefined;
      const note = (message: unknown): void => {
        const { socket } = message as { readonly socket: Socket & { readonly server: Server } };
        if (socket.localPort === Number(new URL(world.url).port)) ({ server } = socket);
      };
      subscribe("net.server.socket", note);
      expect(await health(false)).toBe(200);
      unsubscribe("net.server.socket", note);
      const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
      server?.emit("error", new Error("accept ENFILE"));
      expect(logged.mock.calls).toEqual([["selfhost: the socket: accept ENFILE"]]);
      logged.mockRestore();
      expect(await health(false)).toBe(200);
    });

    test("that send nothing, or never end the head of a request, are closed, and their places are free again", async () => {
      await begin({ limits: { connections: 10, requests: 50 }, times: { head: 1000 } });
      const sockets = await idle(10);
      for (const socket of sockets.slice(5)) socket.write("GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ");
      const dripping = setInterval(() => sockets[9]?.write("x"), 100);
      await Promise.all(sockets.map(closed));
      clearInterval(dripping);
      // The front frees a place when it has seen the caller's end, which is after the caller has seen its own.
      await expect.poll(() => health(false)).toBe(200);
    });

    test("that read nothing of their answer are closed, and streams without an event for as long are not", async () => {
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
