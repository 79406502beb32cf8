/** The loads of the bench against servers whose answers wait for what has arrived, never for a time. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type LoadRequest, load } from "../../bench/load.ts";
import { openLoop, percentile } from "../../bench/open-loop.ts";

const HELD = 5;
let server: Server;

afterEach(() => new Promise((done) => server.close(done)));

/** Answers nobody until so many wait. */
async function startHolding(count: number, status = 200): Promise<string> {
  const waiting: ServerResponse[] = [];
  server = createServer((_, response) => {
    waiting.push(response);
    if (waiting.length < count) return;
    for (const one of waiting.splice(0)) one.writeHead(status).end("right");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const requests = (count: number): LoadRequest[] =>
  Array.from({ length: count }, () => ({ method: "GET", path: "/", headers: {} }));
const isRight = (text: string): boolean => text === "right";

test("an open loop keeps sending without answers, and counts the wait from the planned time", async () => {
  const { milliseconds, failures } = await openLoop(await startHolding(HELD), requests(HELD), isRight, 50);
  expect(failures).toEqual([]);
  expect(milliseconds).toHaveLength(HELD);
  expect(milliseconds[0]).toBeGreaterThan(milliseconds[HELD - 1] as number);
});

test("an open loop counts failures separately from answers", async () => {
  const { milliseconds, failures } = await openLoop(await startHolding(1, 503), requests(2), isRight, 1000);
  expect(milliseconds).toEqual([]);
  expect(failures).toEqual(["GET /: 503 right", "GET /: 503 right"]);
});

test("a closed loop has one request under way on each connection", async () => {
  expect(await load(await startHolding(HELD), requests(2 * HELD), isRight, HELD)).toBeGreaterThan(0);
});

test("a closed loop ends at a wrong answer", async () => {
  await expect(load(await startHolding(1), requests(1), () => false, 1)).rejects.toThrow("GET /: 200 right");
});

test.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
  [0, 1],
])("percentile %d of 1 to 100 is %d", async (share, expected) => {
  await startHolding(1);
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentile(values, share)).toBe(expected);
});
