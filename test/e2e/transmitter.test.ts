/** Security events to others, over HTTP: by push and by poll, judged by another gateway; and receivers that are hostile, or down. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../local/free-port.ts";
import type { ActRecord } from "../../worker/ledger/record.ts";
import { CAST, hashOf } from "../vectors/craft.ts";
import { admin, call, chainNow, ledgerNow, startWorld, taskOf, type World } from "./harness.ts";

const CAEP = "https://schemas.openid.net/secevent/caep/event-type";
const PEER = "https://gateway.peer.example";
const TOKENS = { SOC_TOKEN: "soc-secret", PEER_TOKEN: "peer-secret", BAD_TOKEN: "bad-secret" };

/** A receiver that answers as the test wants, and counts. */
interface Hostile {
  readonly url: string;
  readonly server: Server;
  seen: number;
  answer: (response: ServerResponse) => void;
}

async function hostileReceiver(): Promise<Hostile> {
  const made = { seen: 0, answer: (response: ServerResponse) => void response.writeHead(202).end() } as Hostile;
  const server = createServer((request, response) => {
    request.resume();
    made.seen += 1;
    made.answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(made, { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

let world: World;
let peer: World;
let bad: Hostile;
let inside: Hostile;
beforeAll(async () => {
  const port = await freePort();
  [bad, inside] = [await hostileReceiver(), await hostileReceiver()];
  // The other gateway trusts this one as a transmitter.
  peer = await startWorld({
    edit: (config) =>
      `${config.replace(`id = "${CAST.gateway}"`, `id = "${PEER}"`)}
[[transmitters]]
issuer = "${CAST.gateway}"
jwks_uri = "http://127.0.0.1:${port}/.well-known/jwks.json"
subjects = ["${CAST.issuer}", "${CAST.gateway}", "spiffe://acme.example"]
`,
  });
  world = await startWorld({
    port,
    secrets: TOKENS,
    edit: (config) => `${config}
[signs]
[[receivers]]
id = "soc"
audience = "https://soc.example"
secret = "SOC_TOKEN"
[[receivers]]
id = "peer"
audience = "${PEER}"
secret = "PEER_TOKEN"
endpoint = "${peer.url}/events"
[[receivers]]
id = "bad"
audience = "https://bad.example"
secret = "BAD_TOKEN"
endpoint = "${bad.url}/events"
events = ["session-revoked"]
`,
  });
});
afterAll(async () => {
  for (const { server } of [bad, inside]) {
    server.closeAllConnections();
    server.close();
  }
  await world.stop();
  await peer.stop();
});

const ssf = (path: string, token: string, body?: object, method = "POST"): Promise<Response> =>
  fetch(`${world.url}/ssf/${path}`, {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body !== undefined && { method, body: JSON.stringify(body) }),
  });
const pollBy = async (token: string, body: object = {}, id = "soc"): Promise<Response> =>
  ssf(`poll/${id}`, token, { returnImmediately: true, ...body });
const setsOf = async (body: object = {}): Promise<Record<string, string>> =>
  ((await (await pollBy(TOKENS.SOC_TOKEN, body)).json()) as { sets: Record<string, string> }).sets;
const revoke = (sub: string): Promise<Response> =>
  admin(world, "revocations", { kind: "subject", issuer: CAST.issuer, sub, reason: "left the company" });

interface Report {
  readonly id: string;
  readonly waiting: number;
  readonly parked: readonly { why: string }[];
  readonly failing?: string;
}
const reportOf = async (id: string): Promise<Report> => {
  const { receivers } = (await (await admin(world, "receivers")).json()) as { receivers: Report[] };
  return receivers.find((each) => each.id === id) as Report;
};

interface Claims {
  readonly sub_id: object;
  readonly events: Record<string, Record<string, unknown>>;
}
/** What waits for the receiver that polls, verified by the published keys. */
async function claimsOf(sets: Record<string, string>): Promise<Claims[]> {
  const keys = createRemoteJWKSet(new URL(`${world.url}/.well-known/jwks.json`));
  const terms = { issuer: CAST.gateway, audience: "https://soc.example", typ: "secevent+jwt" };
  return Promise.all(
    Object.values(sets).map(async (jws) => (await jwtVerify(jws, keys, terms)).payload as unknown as Claims),
  );
}
/** Takes everything that waits, and waits until there is what the test looks for. */
async function pollUntil(found: (claims: Claims) => boolean): Promise<Claims> {
  let claims: Claims | undefined;
  await expect
    .poll(async () => {
      claims = (await claimsOf(await setsOf())).find(found);
      return claims !== undefined;
    })
    .toBe(true);
  return claims as Claims;
}

test("what receivers discover names the endpoints, both ways of delivery, and the issuer of the events", async () => {
  const metadata = await (await fetch(`${world.url}/.well-known/ssf-configuration`)).json();
  expect(metadata).toMatchObject({
    spec_version: "1_0",
    issuer: CAST.gateway,
    jwks_uri: `${world.url}/.well-known/jwks.json`,
    delivery_methods_supported: ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"],
    configuration_endpoint: `${world.url}/ssf/stream`,
  });
});

describe("a revocation", () => {
  test("is pushed to another gateway, which revokes the same: its own receiver judges the event", async () => {
    await revoke("petra");
    const day = `gateway:${new Date().toISOString().slice(0, 10)}`;
    const acts = async (): Promise<unknown[]> =>
      (await ledgerNow(peer, day)).map(({ record }) => (JSON.parse(record) as ActRecord).about["effects"]);
    const event = `${CAEP}/session-revoked`;
    await expect.poll(acts).toContainEqual([{ event, kind: "subject", values: [CAST.issuer, "petra"] }]);
    await admin(world, "revocations", { kind: "token", issuer: CAST.issuer, jti: "t-1", reason: "leaked" });
    await expect.poll(acts).toContainEqual([{ event, kind: "token", values: [CAST.issuer, "t-1"] }]);
    await admin(world, "revocations", { kind: "session", issuer: CAST.issuer, sid: "s-1", reason: "stolen" });
    await expect.poll(acts).toContainEqual([{ event, kind: "session", values: [CAST.issuer, "s-1"] }]);
    expect(await reportOf("peer")).toMatchObject({ waiting: 0, parked: [] });
  });

  test("is polled as a SET of its own type, for one receiver, that passes for no other token", async () => {
    await revoke("paul");
    const { sub_id: subject, events } = await pollUntil(({ sub_id }) => JSON.stringify(sub_id).includes("paul"));
    expect(subject).toEqual({ format: "iss_sub", iss: CAST.issuer, sub: "paul" });
    expect(events[`${CAEP}/session-revoked`]).toMatchObject({
      initiating_entity: "admin",
      reason_admin: { en: "left the company" },
    });
    const [jws] = Object.values(await setsOf()) as [string];
    expect(decodeProtectedHeader(jws)).toMatchObject({ alg: "EdDSA", typ: "secevent+jwt" });
    const [claims] = await claimsOf({ jws });
    expect(claims).not.toHaveProperty("sub");
    expect(claims).not.toHaveProperty("exp");
    expect((await call(world, { chain: jws })).status).toBe(401);
  });

  test("of a task, signs of a caller and the scopes of a client are told too", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    await call(world, { chain: await chainNow({ 0: { claims: { txn } } }) });
    const risk = await pollUntil(({ events }) => `${CAEP}/risk-level-change` in events);
    expect(risk).toMatchObject({
      sub_id: { format: "iss_sub", sub: CAST.service },
      events: { [`${CAEP}/risk-level-change`]: { principal: "APPLICATION", current_level: "MEDIUM" } },
    });
    await admin(world, "revocations", { kind: "task", task: taskOf(txn), reason: "done" });
    const session = { format: "iss_sub", iss: CAST.gateway, sub: taskOf(txn) };
    await pollUntil(({ sub_id }) => JSON.stringify(sub_id) === JSON.stringify({ format: "complex", session }));
    const client = {
      client_id: "batch",
      actor: "https://batch.acme.example",
      auth_method: "client_secret_post",
      secret_hashes: [hashOf("s".repeat(32))],
      grants: ["urn:ietf:params:oauth:grant-type:token-exchange"],
      audiences: ["https://gateway.acme.example/orders"],
      scopes: ["orders:read", "orders:write"],
      owner: "test",
      purpose: "test",
    };
    await admin(world, "clients/batch", client, "PUT");
    expect((await admin(world, "clients/batch", { ...client, scopes: ["orders:read"] }, "PUT")).status).toBe(200);
    const changed = await pollUntil(({ events }) => `${CAEP}/token-claims-change` in events);
    expect(changed).toMatchObject({
      sub_id: { format: "iss_sub", iss: CAST.gateway, sub: "batch" },
      events: { [`${CAEP}/token-claims-change`]: { claims: { scope: "orders:read" } } },
    });
  });
});

describe("a poll", () => {
  test("by another receiver, or by nobody's secret, gets nothing and acknowledges nothing", async () => {
    await revoke("quentin");
    await pollUntil(({ sub_id }) => JSON.stringify(sub_id).includes("quentin"));
    const before = await setsOf();
    const ack = Object.keys(before);
    expect((await pollBy(TOKENS.PEER_TOKEN, { ack })).status).toBe(404);
    expect((await pollBy(TOKENS.PEER_TOKEN, { ack }, "peer")).status).toBe(404);
    expect((await pollBy("guessed", { ack })).status).toBe(401);
    expect((await fetch(`${world.url}/ssf/poll/soc`, { method: "POST" })).status).toBe(401);
    expect(await setsOf()).toEqual(before);
  });

  test("acknowledges once: sent again, what came since then stays", async () => {
    const ack = Object.keys(await setsOf());
    expect(ack.length).toBeGreaterThan(0);
    expect(await setsOf({ ack })).toEqual({});
    await revoke("rita");
    await pollUntil(({ sub_id }) => JSON.stringify(sub_id).includes("rita"));
    expect(Object.keys(await setsOf({ ack }))).toHaveLength(1);
  });

  test.each([
    ["a text", "ack"],
    ["too many acknowledgements", { ack: Array(1001).fill("x") }],
    ["a negative number of events", { maxEvents: -1 }],
  ])("with %s is refused", async (_, body) => {
    const sent = typeof body === "string" ? { ack: body } : body;
    expect((await pollBy(TOKENS.SOC_TOKEN, sent)).status).toBe(400);
  });
});

describe("a stream", () => {
  test("is its receiver's alone, is paused and goes on, and sends what verifies it", async () => {
    const stream = (await (await ssf("stream?stream_id=soc", TOKENS.SOC_TOKEN)).json()) as object;
    expect(stream).toMatchObject({ stream_id: "soc", iss: CAST.gateway, aud: "https://soc.example" });
    expect((await ssf("stream?stream_id=soc", TOKENS.PEER_TOKEN)).status).toBe(404);
    expect((await ssf("stream", TOKENS.SOC_TOKEN, {})).status).toBe(409);
    const ack = Object.keys(await setsOf());
    await setsOf({ ack });
    expect((await ssf("status", TOKENS.SOC_TOKEN, { stream_id: "soc", status: "paused" })).status).toBe(200);
    const verify = { stream_id: "soc", state: "my-state" };
    expect((await ssf("verification", TOKENS.SOC_TOKEN, verify)).status).toBe(204);
    expect((await ssf("verification", TOKENS.SOC_TOKEN, verify)).status).toBe(429);
    expect(await setsOf()).toEqual({});
    await ssf("status", TOKENS.SOC_TOKEN, { stream_id: "soc", status: "enabled" });
    expect(await claimsOf(await setsOf())).toMatchObject([
      {
        sub_id: { format: "opaque", id: "soc" },
        events: { "https://schemas.openid.net/secevent/ssf/event-type/verification": { state: "my-state" } },
      },
    ]);
  });

  test("is not pointed elsewhere by its receiver", async () => {
    const delivery = { method: "urn:ietf:rfc:8935", endpoint_url: `${inside.url}/admin` };
    for (const [id, token] of [
      ["bad", TOKENS.BAD_TOKEN],
      ["soc", TOKENS.SOC_TOKEN],
    ] as const) {
      expect((await ssf("stream", token, { stream_id: id, delivery }, "PATCH")).status).toBe(400);
    }
  });
});

describe("a receiver", () => {
  test("that redirects inward leads nowhere: the event waits, and what is inside hears nothing", async () => {
    bad.answer = (response) => void response.writeHead(307, { location: `${inside.url}/admin` }).end();
    await revoke("ursula");
    await expect.poll(async () => (await reportOf("bad")).failing).toBe("the receiver answered 307");
    expect(inside.seen).toBe(0);
    expect((await reportOf("bad")).waiting).toBeGreaterThan(0);
  });

  test("that is down gets its events once it is back, and one that answers without end holds up nobody", async () => {
    bad.answer = (response) => {
      response.writeHead(202);
      response.write("x".repeat(65_536));
    };
    const { waiting } = await reportOf("bad");
    expect(waiting).toBeGreaterThan(0);
    await expect.poll(async () => (await reportOf("bad")).waiting, { timeout: 50_000 }).toBe(0);
    expect((await reportOf("bad")).parked).toEqual([]);
  });

  test("that refuses an event for good gets the next; operators see why, and let it wait again", async () => {
    bad.answer = (response) =>
      void response.writeHead(400).end(JSON.stringify({ err: "invalid_key", description: "unknown kid" }));
    await revoke("victor");
    await expect.poll(async () => (await reportOf("bad")).parked).toMatchObject([{ why: "invalid_key unknown kid" }]);
    bad.answer = (response) => void response.writeHead(202).end();
    expect((await admin(world, "receivers/bad/retry", {})).status).toBe(200);
    await expect.poll(async () => await reportOf("bad")).toMatchObject({ waiting: 0, parked: [] });
  });

  test("that never answers holds up nobody else, and its stream still tells how it goes", async () => {
    bad.answer = () => undefined;
    const seen = bad.seen;
    await revoke("wanda");
    await expect.poll(() => bad.seen).toBe(seen + 1);
    await pollUntil(({ sub_id }) => JSON.stringify(sub_id).includes("wanda"));
    await expect.poll(async () => (await reportOf("peer")).waiting).toBe(0);
    expect((await reportOf("bad")).waiting).toBe(1);
  });
});
