/** How much may wait for a side of a WebSocket that does not read, and how long both sides may be silent. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { chainNow, recordsOf, startWorld, type World } from "./harness.ts";
import { closing, openSocket } from "./web-socket.ts";

const RATE = 65_536;
const MESSAGE = 16_384;

let world: World;
beforeAll(async () => {
  const bounds = `websocket_message = ${MESSAGE}\nwebsocket_rate = ${RATE}\nidle_timeout = 5\n`;
  world = await startWorld({ edit: (config) => config.replace("websocket = true\n", `websocket = true\n${bounds}`) });
});
afterAll(() => world.stop());

const open = async (txn: string): Promise<WebSocket> =>
  openSocket(world, { chain: await chainNow({ 0: { claims: { txn } } }) });

const newTask = (): string => `task-${crypto.randomUUID()}`;
async function endOf(txn: string): Promise<AuditRecord | undefined> {
  const records = (await recordsOf(world, txn, 2)) as AuditRecord[];
  return records.find(({ socket }) => socket !== undefined);
}

describe("a socket ends", () => {
  test("with 1009 at a message that is larger than the route allows", async () => {
    const socket = await open(newTask());
    socket.send(Buffer.alloc(MESSAGE + 1));
    expect(await closing(socket)).toEqual([1009, "socket_message_too_large"]);
    await expect.poll(() => world.upstream.ended).toEqual([1009]);
  });

  test("with 1013 when more is sent than the route's rate allows, at the upstream too", async () => {
    const before = world.upstream.ended.length;
    const socket = await open(newTask());
    const closed = closing(socket);
    for (let sent = 0; sent < 10 * RATE; sent += MESSAGE) socket.send(Buffer.alloc(MESSAGE));
    expect(await closed).toEqual([1013, "socket_too_fast"]);
    await expect.poll(() => world.upstream.ended.slice(before)).toEqual([1013]);
  });

  test("when a caller sends and does not read: little is buffered for them, and the end is in the ledger", async () => {
    const txn = newTask();
    const socket = await open(txn);
    socket.pause();
    const flood = setInterval(() => {
      for (let turn = 0; turn < 64; turn++) socket.send(Buffer.alloc(MESSAGE));
    }, 10);
    const end = await endOf(txn);
    clearInterval(flood);
    socket.terminate();
    expect(end).toMatchObject({ rule: "socket_too_fast", socket: { by: "gateway", code: 1013 } });
    // Four seconds of the rate at once; the test is over long before as much again has come in by it.
    expect((end?.socket?.received ?? 0) * MESSAGE).toBeLessThan(12 * RATE);
  });

  test("with 1001 after the route's `idle_timeout` without a message", async () => {
    const txn = newTask();
    expect(await closing(await open(txn))).toEqual([1001, "socket_idle"]);
    expect(await endOf(txn)).toMatchObject({ rule: "socket_idle", socket: { by: "gateway", code: 1001 } });
  });

  test("not while messages are sent", async () => {
    const socket = await open(newTask());
    const answers: string[] = [];
    socket.on("message", (data) => answers.push(String(data)));
    const spoken = (): number => {
      socket.send("still here");
      return answers.length;
    };
    // Every half second, for longer than `idle_timeout`.
    await expect.poll(spoken, { interval: 500 }).toBeGreaterThan(12);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
  });
});
