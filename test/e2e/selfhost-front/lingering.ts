/** Answers to callers that are still sending, and what such callers can hold. */
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectSecurely } from "node:tls";
import { describe, expect, test } from "vitest";
import { MOST_DISCARDED } from "../../../selfhost/front/limits.ts";
import { readTls, type TlsFiles } from "../../../selfhost/front/tls.ts";
import { certificate } from "../certificates.ts";
import { chainNow, proofFor } from "../harness.ts";
import { begin, closed, endFront, folder, health, LIMITS, type Options, selfhost, toFront, world } from "./given.ts";

const MEGABYTE = Buffer.alloc(1_000_000, "a");
const MEGABYTES = 20;

/** Sends everything before it reads anything, as blocking clients do. @returns all that the gateway answers */
async function answerAfterAll(socket: Socket, head: string, megabyte = MEGABYTE): Promise<string> {
  socket.pause().write(head);
  for (let sent = 0; sent < MEGABYTES; sent++) await new Promise((done) => void socket.write(megabyte, done));
  return text(socket);
}

const hostLine = (): string => `host: ${new URL(world.url).host}`;
const refund = (): string => `POST /refunds HTTP/1.1\r\n${hostLine()}\r\n`;
const signIn = (): string => `POST /console/sign-in HTTP/1.1\r\n${hostLine()}\r\n`;
const byLength = `content-length: ${MEGABYTES * MEGABYTE.length}\r\n\r\n`;

/** A caller that has an answer with `Connection: close`, and does not end its side. */
async function refused(localAddress = "127.0.0.1"): Promise<Socket> {
  const socket = toFront({ allowHalfOpen: true, localAddress });
  socket.write(refund() + byLength);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 401 /);
  return socket;
}

/** Sends until the connection is closed: a caller that sends nothing does not notice it. */
async function sendUntilClosed(socket: Socket): Promise<void> {
  const sending = setInterval(() => socket.write("a"), 50);
  await closed(socket);
  clearInterval(sending);
}

export function testLingering(): void {
  describe("a caller that is still sending gets the answer", () => {
    test.each<[string, number, () => string, Options?]>([
      ["of the gateway to a body with a length", 401, () => refund() + byLength],
      ["of the gateway to a body in chunks", 401, () => `${refund()}transfer-encoding: chunked\r\n\r\n1312D00\r\n`],
      ["to a body that is too long", 413, () => signIn() + byLength],
      ["if the socket is busy", 503, () => refund() + byLength, { limits: { ...LIMITS, requests: 0 } }],
      ["to a target with another host", 400, () => `POST http://a/ HTTP/1.1\r\n${hostLine()}\r\n${byLength}`],
      ["to a head that does not end", 431, () => `${refund()}x-long: `],
      ["to a head that is not HTTP", 400, () => "POST\r\n"],
      ["to a body whose chunks are broken", 400, () => `${refund()}transfer-encoding: chunked\r\n\r\n1\r\nabc`],
      [
        "to the opening of a WebSocket",
        401,
        () => `GET /orders/socket HTTP/1.1\r\n${hostLine()}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
      ],
    ])("%s: %i", async (_, status, head, options) => {
      await begin(options);
      expect(await answerAfterAll(toFront(), head())).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    });

    test("over TLS", async () => {
      const server = await certificate(folder, "lingering");
      const tls = await readTls({ "tls-cert": server.certFile, "tls-key": server.keyFile });
      await begin({ tls: tls as TlsFiles });
      const socket = connectSecurely({ port: Number(new URL(world.url).port), host: "127.0.0.1", ca: server.cert });
      expect(await answerAfterAll(socket, refund() + byLength)).toMatch(/^HTTP\/1\.1 401 /);
    });
  });

  test("a request after a refused body is not served", async () => {
    await begin();
    const [path, chain] = ["/orders/after-a-refused-body", await chainNow()];
    const credential = `authorization: DPoP ${chain}\r\ndpop: ${await proofFor(world, chain, { path })}`;
    const second = `GET ${path} HTTP/1.1\r\n${hostLine()}\r\n${credential}\r\n\r\n`;
    const head = `${refund()}content-length: ${MEGABYTE.length}\r\n\r\n`;
    const answers = await answerAfterAll(toFront(), head, Buffer.concat([MEGABYTE, Buffer.from(second)]));
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 401"]);
    expect(selfhost.world.upstream.asked.get(path)).toBeUndefined();
  });

  describe("a caller that does not end its side after the last answer loses its place", () => {
    const ONE = { connections: 1, requests: 50 };

    test("if it is silent", async () => {
      await begin({ limits: ONE, times: { silent: 300 } });
      await refused();
      await expect.poll(() => health(), { timeout: 10_000 }).toBe(200);
    });

    test("if it sends for too long", async () => {
      await begin({ limits: ONE, times: { linger: 500, silent: 600_000 } });
      await sendUntilClosed(await refused());
      await expect.poll(() => health()).toBe(200);
    });

    test("if it sends too much", async () => {
      await begin({ limits: ONE, times: { linger: 600_000, silent: 600_000 } });
      const socket = await refused();
      for (let sent = 0; sent <= MOST_DISCARDED; sent += MEGABYTE.length) socket.write(MEGABYTE);
      await sendUntilClosed(socket);
      await expect.poll(() => health()).toBe(200);
    });

    test("when the gateway has stopped", async () => {
      const running = await begin({ times: { linger: 600_000, silent: 600_000 } });
      await refused();
      await endFront(running, 100);
    });
  });

  test("callers at one address that do not end their side, as many as it may have, take no answer from another address", async () => {
    const limits = { connections: 8, perAddress: 4, requests: 50 };
    await begin({ limits, times: { linger: 600_000, silent: 600_000 } });
    for (let count = 0; count < limits.perAddress; count++) await refused("127.0.0.2");
    const further = toFront({ localAddress: "127.0.0.2" });
    await closed(further);
    expect(await answerAfterAll(toFront(), refund() + byLength)).toMatch(/^HTTP\/1\.1 401 /);
  });
}
