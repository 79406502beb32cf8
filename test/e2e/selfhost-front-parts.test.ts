/** Parts of a self-hosted gateway's socket: limits by open files, the caller's address, frames of a WebSocket. */
import type { IncomingMessage } from "node:http";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { headersFor } from "../../selfhost/front/caller.ts";
import { connectTo } from "../../selfhost/front/connection.ts";
import { webSocketToCaller } from "../../selfhost/front/ending.ts";
import { createFrameReader, GOING_AWAY } from "../../selfhost/front/frames.ts";
import { limitsFor } from "../../selfhost/front/limits.ts";
import { networkOf } from "../../selfhost/front/places.ts";
import { FRONT_HEADERS } from "../../selfhost/front-headers.ts";

describe("connections", () => {
  test("are limited by the number of open files, with workerd's four for each request", () => {
    for (const files of [512, 1024, 4096, 65_536])
      for (const objects of [1, 64, 256, 1280].filter((count) => 3 * count < files - 300)) {
        const { connections, requests } = limitsFor(files, objects);
        expect(connections + requests).toBeLessThan(files);
        expect(4 * requests + 3 * objects).toBeLessThan(files);
      }
    expect(limitsFor(1024, 17)).toEqual({ connections: 625, perAddress: 157, requests: 143 });
  });

  test.each([
    [0, 1],
    [256, 1],
    [1024, 257],
  ])("are none with %i open files and %i Durable Objects: the gateway does not start", (files, objects) => {
    expect(() => limitsFor(files, objects)).toThrow(
      `the limit of open files is ${files}, and this configuration needs more than ${256 + 3 * objects}`,
    );
  });
});

describe("the network of an address", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::9", "2001:db8:1:2"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
  ])("%s is %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("the caller's address", () => {
  const request = (remoteAddress: string, rawHeaders: string[]): IncomingMessage =>
    ({ rawHeaders, socket: { remoteAddress } }) as unknown as IncomingMessage;

  test.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["fe80::1%eth0", "fe80::1"],
    ["2001:db8::ffff:1", "2001:db8::ffff:1"],
  ])("%s is given as %s", (remote, address) => {
    expect(headersFor(request(remote, []), "secret").get(FRONT_HEADERS.address)).toEqual([address]);
  });

  test("from a proxy in front is not removed if the caller names its header in Connection", () => {
    const headers = ["X-Real-IP", "192.0.2.1", "Connection", "close, x-real-ip", FRONT_HEADERS.address, "6.6.6.6"];
    const sent = headersFor(request("127.0.0.1", headers), "secret");
    expect(sent.get("x-real-ip")).toEqual(["192.0.2.1"]);
    expect(sent.get(FRONT_HEADERS.address)).toEqual(["127.0.0.1"]);
    expect(sent.has("connection")).toBe(false);
  });
});

describe("a connection to workerd", () => {
  test("gives the answer of a peer that closed before it read what is written next", async () => {
    const path = join(tmpdir(), `hopgate-${crypto.randomUUID()}.sock`);
    const server = createServer();
    const accepted = new Promise<Socket>((done) => void server.once("connection", done));
    await new Promise<void>((done) => void server.listen(path, done));
    const connection = connectTo({ path });
    const answer = text(connection);
    const peer = await accepted;
    // Nothing is read here between the peer's end and the write that fails.
    await new Promise<void>((done) => void peer.once("close", () => done()).end("refused", () => peer.destroy()));
    connection.write("the body");
    connection.write("and more");
    expect(await answer).toBe("refused");
    server.close();
  });
});

describe("frames of a WebSocket", () => {
  const frame = (length: number): Buffer => {
    if (length < 126) return Buffer.concat([Buffer.from([0x82, length]), Buffer.alloc(length, 0x88)]);
    const header = Buffer.from(length < 65_536 ? [0x82, 126, 0, 0] : [0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    if (length < 65_536) header.writeUInt16BE(length, 2);
    else header.writeBigUInt64BE(BigInt(length), 2);
    return Buffer.concat([header, Buffer.alloc(length, 0x88)]);
  };

  test("are read to their ends, however the bytes arrive", () => {
    const bytes = Buffer.concat([frame(0), frame(5), frame(126), frame(70_000), GOING_AWAY]);
    for (const size of [1, 2, 3, 7, 1000, bytes.length]) {
      const reader = createFrameReader();
      const between: number[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        reader.read(bytes.subarray(at, at + size));
        if (reader.isBetween()) between.push(at + size);
      }
      expect(between.at(-1)).toBeGreaterThanOrEqual(bytes.length);
      if (size === 1) expect(between).toEqual([2, 9, 139, 70_149, bytes.length]);
    }
  });

  test("are closed after a whole Close frame, and not before", () => {
    const reader = createFrameReader();
    for (const [bytes, isClosed] of [
      [Buffer.concat([frame(200), GOING_AWAY.subarray(0, 1)]), false],
      [GOING_AWAY.subarray(1, 3), false],
      [GOING_AWAY.subarray(3), true],
    ] as const) {
      reader.read(bytes);
      expect(reader.isClosed()).toBe(isClosed);
    }
  });

  test.each([
    ["begins", frame(200).subarray(0, 2)],
    ["is whole", frame(5)],
  ])("are closed by a Close frame after which another frame %s in the same chunk", (_, next) => {
    const reader = createFrameReader();
    reader.read(Buffer.concat([frame(5), GOING_AWAY, next]));
    expect(reader.isClosed()).toBe(true);
    reader.read(frame(200).subarray(2));
    expect(reader.isClosed()).toBe(true);
  });

  test("to the caller tell of the first Close frame, once, whatever follows it", async () => {
    let told = 0;
    const stream = webSocketToCaller(() => {
      told += 1;
    });
    const passed = buffer(stream);
    const next = frame(200);
    const close = Buffer.concat([GOING_AWAY, next.subarray(0, 9)]);
    const chunks = [frame(5), close, next.subarray(9), GOING_AWAY, GOING_AWAY];
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
    expect(await passed).toEqual(Buffer.concat(chunks));
    expect(told).toBe(1);
  });

  test("that end within a chunk are cut there", () => {
    const reader = createFrameReader();
    reader.read(frame(5).subarray(0, 4));
    expect(reader.isBetween()).toBe(false);
    expect(reader.read(Buffer.concat([frame(5).subarray(4), frame(9).subarray(0, 3)]))).toBe(3);
    expect(reader.isBetween()).toBe(false);
  });
});
