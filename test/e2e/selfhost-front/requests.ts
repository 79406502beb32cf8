/** Requests and openings of WebSockets, framed well and badly. */
import { request } from "node:http";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { cases } from "../../cases.ts";
import { call, chainNow, proofFor } from "../harness.ts";
import { openSocket } from "../web-socket.ts";
import { begin, closed, selfhost, toFront, world } from "./given.ts";

/** The first bytes of an answer. */
function firstOf(socket: Socket): Promise<string> {
  return new Promise((done) => {
    socket.once("data", (chunk) => {
      socket.destroy();
      done(String(chunk));
    });
    socket.once("close", () => done("closed"));
  });
}

export function testRequests(): void {
  describe("requests", () => {
    test("beyond the limit are answered 503 by this process, except for /healthz", async () => {
      await begin({ limits: { connections: 100, requests: 2 } });
      const answers = await Promise.all(Array.from({ length: 6 }, () => call(world, { path: "/orders/events" })));
      const statuses = answers.map(({ status }) => status).toSorted();
      expect(statuses).toEqual([200, 200, 503, 503, 503, 503]);
      const refused = answers.find(({ status }) => status === 503) as Response;
      expect(await refused.json()).toMatchObject({ rule: "gateway_busy", error: "temporarily_unavailable" });
      expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
      for (const each of answers) if (each.status === 200) await each.body?.cancel();
    });

    test("pass unchanged: bodies, framing and repeated headers", async () => {
      await begin();
      const body = Buffer.alloc(100_000, 7);
      const chain = await chainNow();
      const echoed = await call(world, { method: "POST", path: "/refunds", body, chain });
      expect(await echoed.json()).toMatchObject({ method: "POST", bytes: 100_000 });
      const seen = (await (await call(world)).json()) as { headers: Record<string, unknown> };
      expect(seen.headers).not.toHaveProperty("transfer-encoding");
      expect(JSON.stringify(seen.headers)).not.toContain("hopgate-front");
    });

    test("with two lengths, or a length beside an encoding, are refused", async () => {
      await begin();
      for (const framing of [
        "content-length: 1\r\ncontent-length: 2",
        "content-length: 3\r\ntransfer-encoding: chunked",
      ]) {
        const socket = toFront();
        socket.write(`POST /oauth/token HTTP/1.1\r\nhost: 127.0.0.1\r\n${framing}\r\n\r\nabc`);
        expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
      }
    });
  });

  test("a body that the gateway does not read hides neither the answer nor that to another caller", async () => {
    await begin();
    const { host } = new URL(world.url);
    const answered = (line: string, length: number): Promise<string> => {
      const socket = toFront();
      socket.write(`${line} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${length}\r\n\r\n`);
      // Its own write, so that it arrives while the gateway answers.
      setImmediate(() => socket.write(Buffer.alloc(length, "a")));
      return firstOf(socket);
    };
    for (let round = 0; round < cases(100); round++) {
      const eight = Array.from({ length: 8 });
      const [withoutCredential, ofGet, other] = await Promise.all([
        Promise.all(eight.map(() => answered("POST /refunds", 300_000))),
        Promise.all(eight.map(() => answered("GET /orders/17", 5))),
        call(world),
      ]);
      for (const answer of withoutCredential) expect(answer).toContain("HTTP/1.1 401 ");
      for (const answer of ofGet) expect(answer).toContain("HTTP/1.1 400 ");
      expect(other.status).toBe(200);
      await other.body?.cancel();
    }
  });

  test("whose caller has left before the upstream answers leave nothing open at the upstream", async () => {
    await begin();
    const { streams } = selfhost.world.upstream;
    const chain = await chainNow();
    const leave = async (milliseconds: number): Promise<void> => {
      const headers = {
        authorization: `DPoP ${chain}`,
        dpop: await proofFor(world, chain, { path: "/orders/events" }),
      };
      const sent = request(`${world.url}/orders/events`, { headers, agent: false }).on("error", () => undefined);
      sent.end();
      await sleep(milliseconds);
      sent.destroy();
    };
    for (let round = 0; round < 8; round++) await Promise.all(Array.from({ length: 16 }, (_, at) => leave(3 * at)));
    await expect.poll(() => streams.open).toBe(0);
  });

  describe("an opening of a WebSocket", () => {
    /** @param path such that the gateway has an answer, but opens nothing */
    const opening = (path: string): string =>
      `GET ${path} HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`;

    test.each([
      ["which workerd answers", () => `GET /orders/17 HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\n\r\n`],
      ["which this process refuses", () => "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
      ["which Node refuses for its Expect", () => "GET / HTTP/1.1\r\nhost: a\r\nexpect: more\r\n\r\n"],
      ["which Node refuses for its missing Host", () => "GET / HTTP/1.1\r\n\r\n"],
    ])("closes its connection if the previous request, %s, is not answered yet", async (_, before) => {
      await begin();
      for (const path of ["/orders/socket", "http://evil.example/"]) {
        const socket = toFront().resume();
        socket.write(before() + opening(path));
        await closed(socket);
      }
      expect((await call(world)).status).toBe(200);
    });

    test("that is refused frees its place, even if the caller never closes the connection", async () => {
      await begin({ limits: { connections: 100, requests: 2 } });
      for (let turn = 0; turn < 4; turn++) {
        const socket = toFront({ allowHalfOpen: true });
        socket.write(opening("/orders/socket"));
        expect(await text(socket)).toMatch(/^HTTP\/1\.1 401 /);
      }
      await expect.poll(async () => (await call(world)).status).toBe(200);
    });

    test("and a Close frame that the caller does not answer end the connection, and its place is free again", async () => {
      await begin({ limits: { connections: 100, requests: 1 } });
      const { ended } = selfhost.world.upstream;
      const socket = await openSocket(world);
      // It reads nothing any more, so it does not answer.
      socket.pause();
      socket.send("leave");
      await expect.poll(() => ended.at(-1)).toBe(4000);
      await expect.poll(async () => (await call(world)).status).toBe(200);
      socket.terminate();
    });

    test("that is answered at length instead gets all of the answer", async () => {
      await begin();
      const [path, chain] = ["/orders/large", await chainNow()];
      const credential = `authorization: DPoP ${chain}\r\ndpop: ${await proofFor(world, chain, { path })}`;
      const socket = toFront();
      socket.write(opening(path).replace("\r\n\r\n", `\r\n${credential}\r\n\r\n`));
      const plain = await (await call(world, { path })).text();
      expect((await text(socket)).length).toBeGreaterThan(plain.length);
    });
  });
}
