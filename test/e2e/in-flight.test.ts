/** Everything is bounded: concurrent requests, upstreams that stop, callers who leave, collectors that never answer. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_TOKEN, type CallOptions, call, chainNow, proofFor, startWorld, type World } from "./harness.ts";
import { GZIPPED, type HostileServer, startHostileServer } from "./hostile.ts";

const MOST = 8;

let hostile: HostileServer;
let world: World;
beforeAll(async () => {
  hostile = await startHostileServer();
  const routes = ["silent", "half", "endless", "gzip"].map(
    (way) => `[[routes]]
id = "${way}"
api = "orders-api"
path = "/${way}/*"
upstream = "${hostile.url}"
audience = "https://orders.acme.example"
sensitivity = "low"
timeout = 60
${way === "half" ? "idle_timeout = 1" : ""}
[routes.methods]
GET = { action = "orders:read", scopes = ["orders:read"] }
HEAD = { action = "orders:read", scopes = ["orders:read"] }
`,
  );
  world = await startWorld({
    edit: (config) =>
      `${config.replace("[gateway]\n", `[gateway]\nmax_in_flight = ${MOST}\n`)}\n${routes.join("\n")}\n[telemetry]\notlp = "${hostile.url}/silent/otlp"\n`,
  });
  // What follows is about requests at a time, not about the first of an isolate.
  await call(world);
});
afterAll(async () => {
  await world.stop();
  await hostile.stop();
});

/** Sends a request by a bare socket. */
async function send(path: string): Promise<Socket> {
  const options: CallOptions = { path };
  const chain = await chainNow();
  const { hostname, port, host } = new URL(world.url);
  const head = `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: DPoP ${chain}\r\ndpop: ${await proofFor(world, chain, options)}\r\n\r\n`;
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  socket.write(head);
  return socket;
}

/** The rules that the metrics have counted on the route of an upstream that is silent. */
async function rulesOfSilence(): Promise<string[]> {
  const answer = await fetch(`${world.url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  const series = (await answer.text()).matchAll(/http_route="\/silent\/\*".*hopgate_rule="([a-z_]+)"/g);
  return [...new Set([...series].map(([, rule]) => rule as string))];
}

describe("more requests at a time than the gateway accepts", () => {
  test("are answered 503 at once, /healthz is still answered, and later requests pass", async () => {
    const many = Array.from({ length: 3 * MOST }, () => call(world, { path: "/silent/many" }));
    const refused: Response[] = [];
    for (const each of many) void each.then((answer) => refused.push(answer));
    await expect.poll(() => refused.length).toBe(2 * MOST);
    expect(refused.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual(
      Array(2 * MOST).fill([503, "1"]),
    );
    await expect.poll(() => hostile.open.get("/silent/many")).toBe(MOST);
    const health = await fetch(`${world.url}/healthz`);
    expect(health.status).toBe(200);
    hostile.answer("/silent/many");
    const answers = await Promise.all(many);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(MOST);
    expect((await call(world)).status).toBe(200);
  });

  test("from callers who leave free their places, and the work for them ends", async () => {
    const began = hostile.asked.get("/silent/left") ?? 0;
    const sockets = await Promise.all(Array.from({ length: MOST }, () => send("/silent/left")));
    await expect.poll(() => (hostile.asked.get("/silent/left") ?? 0) - began).toBe(MOST);
    for (const socket of sockets) socket.resetAndDestroy();
    // Well before the minute that the upstream has is over.
    await expect.poll(() => hostile.open.get("/silent/left")).toBe(0);
    expect((await call(world)).status).toBe(200);
    await expect.poll(rulesOfSilence).toEqual(["caller_left"]);
  });
});

describe("an upstream's body", () => {
  test("that stops in the middle is ended, and the connection with it", async () => {
    const answer = await call(world, { path: "/half/1" });
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    await expect.poll(() => hostile.open.get("/half/1")).toBe(0);
  });

  test("is ended when the caller leaves in the middle", async () => {
    const controller = new AbortController();
    const chain = await chainNow();
    const answer = await fetch(`${world.url}/endless/1`, {
      headers: { authorization: `DPoP ${chain}`, dpop: await proofFor(world, chain, { path: "/endless/1" }) },
      signal: controller.signal,
    });
    await answer.body?.getReader().read();
    controller.abort();
    await expect.poll(() => hostile.open.get("/endless/1")).toBe(0);
  });

  /** As it comes over the wire: nothing is decoded here. */
  async function wire(method: string): Promise<{ answer: IncomingMessage; bytes: Buffer }> {
    const path = "/gzip/1";
    const chain = await chainNow();
    const headers = { authorization: `DPoP ${chain}`, dpop: await proofFor(world, chain, { path, method }) };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    httpRequest(world.url + path, { method, headers: { ...headers, "accept-encoding": "gzip" } }, resolve)
      .on("error", reject)
      .end();
    const answer = await promise;
    return { answer, bytes: await buffer(answer) };
  }

  test("arrives exactly as the upstream has compressed it, with its Content-Length", async () => {
    const { answer, bytes } = await wire("GET");
    expect([answer.statusCode, answer.headers["content-encoding"]]).toEqual([200, "gzip"]);
    expect(answer.headers["content-length"]).toBe(String(GZIPPED.length));
    expect(bytes.equals(GZIPPED)).toBe(true);
  });

  test("of an answer to HEAD is empty, and its Content-Length stays", async () => {
    const { answer, bytes } = await wire("HEAD");
    expect([answer.statusCode, bytes.length]).toEqual([200, 0]);
  });
});

describe("a collector that accepts and never answers", () => {
  test("holds two connections, however many spans wait", async () => {
    const paths = ["traces", "metrics"].map((what) => `/silent/otlp/v1/${what}`);
    // Until the first batch is given up and the next is sent, while there is always more to tell.
    const batches = async (): Promise<number> => {
      await call(world);
      return Math.min(...paths.map((path) => hostile.asked.get(path) ?? 0));
    };
    await expect.poll(batches, { interval: 500 }).toBeGreaterThan(1);
    expect(paths.map((path) => hostile.most.get(path))).toEqual([1, 1]);
  });
});
