/** WebSockets, only on routes that allow them, and streams: both end when the chain is no longer valid. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST } from "../vectors/craft.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  castWorkloads,
  chainNow,
  eventually,
  nowSeconds,
  recordsOf,
  startWorld,
  taskOf,
  type World,
} from "./harness.ts";
import { register } from "./oauth.ts";
import { addressOf, beginSocket, closing, nextMessage, type Opening, openSocket, PATH } from "./web-socket.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ edit: (config) => config.replace("trust_domain", "revocation_bound = 1\ntrust_domain") });
});
afterAll(() => world.stop());

const newTask = (): string => `task-${crypto.randomUUID()}`;
const open = (opening?: Opening): Promise<WebSocket> => openSocket(world, opening);

const refusal = (socket: WebSocket): Promise<{ status: number | undefined; headers: object; body: string }> =>
  new Promise((resolve, reject) => {
    socket.on("error", () => undefined).on("open", () => reject(new Error("it opened")));
    socket.on("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
  });

describe("a route that opens them", () => {
  test("passes messages unchanged, text as text and bytes as bytes, with provenance at the opening", async () => {
    const socket = await open();
    socket.send("hello");
    expect(await nextMessage(socket)).toBe('"alice";iss="https://idp.acme.example" said hello');
    socket.send(Buffer.from([0, 255]));
    const data = await new Promise((resolve) => socket.once("message", resolve));
    expect([...(data as Buffer)]).toEqual([0, 255]);
    socket.close();
  });

  test("answers with the decision, and with the protocol that the upstream chose", async () => {
    const socket = await beginSocket(world, { protocols: ["orders.v1"] });
    const headers = await new Promise<Record<string, string | undefined>>((resolve) => {
      socket.on("upgrade", (response) => resolve(response.headers as Record<string, string | undefined>));
    });
    expect(headers["hop-decision"]).toMatch(/^"[0-9a-f-]{36}"$/);
    expect(headers["x-upstream"]).toBe("yes");
    expect(headers["sec-websocket-protocol"]).toBe("orders.v1");
    socket.close();
  });

  test("needs a chain", async () => {
    const socket = new WebSocket(addressOf(world));
    expect((await refusal(socket)).status).toBe(401);
  });
});

describe("a socket ends", () => {
  test("at the upstream when the caller leaves; opening and end are in the ledger", async () => {
    const txn = newTask();
    const socket = await open({ chain: await chainNow({ 0: { claims: { txn } } }) });
    socket.send("hello");
    await nextMessage(socket);
    const before = world.upstream.ended.length;
    socket.close(4001, "bye");
    await eventually(
      async () => world.upstream.ended.slice(before),
      (codes) => codes.includes(4001),
    );
    const [opening, end] = (await recordsOf(world, txn, 2)) as AuditRecord[];
    expect(opening).toMatchObject({ outcome: "allowed", status: 101 });
    expect(end).toMatchObject({
      outcome: "allowed",
      chain: { txn },
      request: { route: "orders", path: PATH },
      socket: { opened: opening?.id, by: "caller", code: 4001, sent: 1, received: 1, milliseconds: expect.any(Number) },
    });
    expect(end?.id).not.toBe(opening?.id);
  });

  test("at the upstream when the caller's connection is lost", async () => {
    const socket = await open();
    const before = world.upstream.ended.length;
    socket.terminate();
    await eventually(
      async () => world.upstream.ended.length,
      (count) => count > before,
    );
  });

  test("at the caller when the upstream leaves", async () => {
    const txn = newTask();
    const socket = await open({ chain: await chainNow({ 0: { claims: { txn } } }) });
    socket.send("leave");
    expect(await closing(socket)).toEqual([4000, "enough"]);
    const [, end] = (await recordsOf(world, txn, 2)) as AuditRecord[];
    expect(end).toMatchObject({ socket: { by: "upstream", code: 4000 } });
  });

  test("at both when its chain expires", async () => {
    const txn = newTask();
    const chain = await chainNow({ 0: { claims: { txn } }, 2: { claims: { exp: nowSeconds() + 4 } } });
    const before = world.upstream.ended.length;
    const socket = await open({ chain });
    expect(await closing(socket)).toEqual([1008, "expired"]);
    await eventually(
      async () => world.upstream.ended.length,
      (count) => count > before,
    );
    const [, end] = (await recordsOf(world, txn, 2)) as AuditRecord[];
    expect(end).toMatchObject({ outcome: "denied", rule: "expired", socket: { by: "gateway", code: 1008 } });
  });

  test("at both when its task is revoked", async () => {
    const txn = newTask();
    const socket = await open({ chain: await chainNow({ 0: { claims: { txn } } }) });
    const closed = closing(socket);
    expect((await admin(world, "revocations", { kind: "task", task: taskOf(txn) })).ok).toBe(true);
    expect(await closed).toEqual([1008, "revoked"]);
    const records = (await recordsOf(world, txn, 3)) as AuditRecord[];
    expect(records.find(({ socket: end }) => end !== undefined)).toMatchObject({ outcome: "denied", rule: "revoked" });
  });
});

describe("an upstream that ignores Close frames is disconnected", () => {
  interface Ignored {
    readonly txn: string;
    readonly socket: WebSocket;
    /** Codes of the sockets that have ended at the upstream since. */
    readonly ended: () => readonly number[];
  }

  async function openIgnored(): Promise<Ignored> {
    const txn = newTask();
    const socket = await open({ chain: await chainNow({ 0: { claims: { txn } } }) });
    socket.send("ignore");
    expect(await nextMessage(socket)).toBe("ignoring");
    const before = world.upstream.ended.length;
    return { txn, socket, ended: () => world.upstream.ended.slice(before) };
  }

  test("after the caller has left, and the end is in the ledger", async () => {
    const { txn, socket, ended } = await openIgnored();
    socket.close(4001, "bye");
    await expect.poll(ended).toContain(1006);
    const [, end] = (await recordsOf(world, txn, 2)) as AuditRecord[];
    expect(end).toMatchObject({ socket: { by: "caller", code: 4001, sent: 1, received: 1 } });
  });

  test("after the gateway has ended the socket, of which the caller hears at once", async () => {
    const { txn, socket, ended } = await openIgnored();
    const closed = closing(socket);
    expect((await admin(world, "revocations", { kind: "task", task: taskOf(txn) })).ok).toBe(true);
    expect(await closed).toEqual([1008, "revoked"]);
    await expect.poll(ended).toContain(1006);
  });
});

const SERVICE = `registry/${encodeURIComponent(CAST.service)}`;
const soon = (): string => new Date(Date.now() + 2000).toISOString();

/** Registers an actor of the chain otherwise, until the test is over. */
async function whileRegistered(change: object, work: () => Promise<void>): Promise<void> {
  const [known] = (await castWorkloads()).filter(({ name }) => name === CAST.service);
  try {
    expect((await admin(world, SERVICE, { ...known, ...change }, "PUT")).status).toBe(200);
    await work();
  } finally {
    await admin(world, SERVICE, known, "PUT");
  }
}

describe.each<[string, string, () => object]>([
  ["is disabled", "actor_disabled", () => ({ disabled: true })],
  ["expires", "actor_expired", () => ({ expires: soon() })],
  ["is not confirmed in time", "actor_expired", () => ({ review_by: soon() })],
])("if the registration of an actor %s", (_, rule, change) => {
  test("a socket ends at both sides", async () => {
    const txn = newTask();
    const socket = await open({ chain: await chainNow({ 0: { claims: { txn } } }) });
    const closed = closing(socket);
    await whileRegistered(change(), async () => {
      expect(await closed).toEqual([1008, rule]);
      const [, end] = (await recordsOf(world, txn, 2)) as AuditRecord[];
      expect(end).toMatchObject({ outcome: "denied", rule, socket: { by: "gateway", code: 1008 } });
    });
  });

  test("a stream of events ends, and the ledger says why", async () => {
    const txn = newTask();
    const stream = await call(world, { path: "/orders/events", chain: await chainNow({ 0: { claims: { txn } } }) });
    await whileRegistered(change(), async () => {
      expect(await stream.text()).toBe("data: first\n\n");
      await expect.poll(() => recordsOf(world, txn, 1)).toMatchObject([{ ended: rule }]);
    });
  });
});

test("a stream of events ends with its task, and with its chain", async () => {
  const [ended, txn] = [newTask(), newTask()];
  const streamOf = async (chain: string): Promise<Response> => call(world, { path: "/orders/events", chain });
  const one = await streamOf(await chainNow({ 0: { claims: { txn: ended } } }));
  expect((await admin(world, "revocations", { kind: "task", task: taskOf(ended) })).ok).toBe(true);
  expect(await one.text()).toBe("data: first\n\n");
  const exp = nowSeconds() + 4;
  const other = await streamOf(await chainNow({ 0: { claims: { txn } }, 2: { claims: { exp } } }));
  expect(await other.text()).toBe("data: first\n\n");
  await expect.poll(() => recordsOf(world, txn, 1)).toMatchObject([{ ended: "expired" }]);
});

test("another answer without a length breaks off when its task ends, so that nobody takes the part for the whole", async () => {
  const txn = newTask();
  const answer = await call(world, { path: "/orders/export", chain: await chainNow({ 0: { claims: { txn } } }) });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("first\n");
  expect((await admin(world, "revocations", { kind: "task", task: taskOf(txn) })).ok).toBe(true);
  await expect(reader.read()).rejects.toThrow();
  await expect.poll(() => recordsOf(world, txn, 1)).toMatchObject([{ ended: "revoked" }, { act: "revoked" }]);
});

test("a socket and a stream end when a client that is one of the actors is disabled", async () => {
  const [known] = (await castWorkloads()).filter(({ name }) => name === CAST.service);
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const client = { client_id: "service", actor: CAST.service, keys: known?.keys };
  try {
    expect((await register(world, client)).status).toBe(200);
    expect((await fetch(`${world.url}/admin/${SERVICE}`, { method: "DELETE", headers })).status).toBe(204);
    const socket = await open();
    const stream = await call(world, { path: "/orders/events" });
    const closed = closing(socket);
    expect((await register(world, { ...client, disabled: true })).status).toBe(200);
    expect(await closed).toEqual([1008, "actor_disabled"]);
    expect(await stream.text()).toBe("data: first\n\n");
  } finally {
    await admin(world, SERVICE, known, "PUT");
  }
});

test("a stream passes unchanged while its task is watched, and ends when its upstream ends it", async () => {
  const { held } = world.upstream;
  const stream = await call(world, { path: "/orders/events" });
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
  expect(await read()).toBe("data: first\n\n");
  held.at(-1)?.();
  expect(await read()).toBe("data: second\n\n");
  expect((await reader.read()).done).toBe(true);
});

describe("an opening is refused, and nothing of it reaches the upstream,", () => {
  test.each([
    ["if the route opens none", "/proven/socket"],
    ["on a route with the gateway's credential, whose vendor would tell it", "/crm/customers/socket"],
    ["on a route to an MCP server, whose tools nobody would judge", "/mcp"],
  ])("%s", async (_, path) => {
    const scope = "crm:read orders:read crm:contact";
    const chain = await chainNow({ 0: { claims: { scope } }, 1: { claims: { scope } }, 2: { claims: { scope } } });
    const { status, headers, body } = await refusal(await beginSocket(world, { path, chain }));
    expect(status).toBe(400);
    expect(body).toContain("upgrade_refused");
    expect(JSON.stringify(headers)).not.toContain("all-powerful");
  });
});
