/** What is kept of every request, who may read it, and what a revocation stops. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findBreak } from "../../worker/ledger/entry.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, hashOf, keyNamed } from "../vectors/craft.ts";
import {
  ADMIN_TOKEN,
  call,
  chainNow,
  ledgerOf,
  readiness,
  refusalOf,
  startWorld,
  taskOf,
  type World,
} from "./harness.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
const newTask = (): string => `task-${crypto.randomUUID()}`;
const chainOf = (txn: string, jti = "root-1"): Promise<string> => chainNow({ 0: { claims: { txn, jti } } });

describe("the ledger of a task", () => {
  test("tells an allowed request with its whole chain, and never the token", async () => {
    const txn = newTask();
    const chain = await chainOf(txn);
    const response = await call(world, { chain });
    const token = String(
      ((await response.json()) as { headers: Record<string, string> }).headers["authorization"],
    ).replace("Bearer ", "");
    const [entry] = await ledgerOf(world, txn, 1);
    const record = JSON.parse(entry?.record ?? "{}") as AuditRecord;
    expect(record).toMatchObject({
      id: response.headers.get("hop-decision")?.replaceAll('"', ""),
      outcome: "allowed",
      chain: {
        txn,
        hash: hashOf(chain),
        subject: { sub: "alice", iss: CAST.issuer },
        purpose: "customer-support/refund",
        proof: "dpop",
      },
      request: { route: "orders", method: "GET", path: "/orders/17" },
      decision: { policies: ["support-reads-orders"], errors: [] },
      token: { aud: "https://orders.acme.example", scope: "orders:read", client_id: CAST.service },
      upstream: { status: 200 },
    });
    expect(record.chain?.actors.map(({ sub }) => sub)).toEqual([CAST.app, CAST.agent, CAST.service]);
    expect(record.chain?.hops.map(({ name }) => name)).toEqual(
      chain.split("~").map((hop) => hashOf(hop.slice(0, hop.lastIndexOf(".")))),
    );
    expect(entry?.record).not.toContain(token.split(".")[2]);
    for (const hop of chain.split("~")) expect(entry?.record).not.toContain(hop.split(".")[1]);
  });

  test("tells denied requests too, hash-chained with the others", async () => {
    const txn = newTask();
    const chain = await chainOf(txn);
    await call(world, { chain });
    await ledgerOf(world, txn, 1);
    await call(world, { chain, key: await keyNamed("mallory") });
    await ledgerOf(world, txn, 2);
    await call(world, { chain, method: "POST", path: "/refunds" });
    await ledgerOf(world, txn, 3);
    await call(world, { chain, path: "/down/17" });
    const entries = await ledgerOf(world, txn, 4);
    const records = entries.map(({ record }) => JSON.parse(record) as AuditRecord);
    expect(records.map(({ outcome, rule }) => [outcome, rule])).toEqual([
      ["allowed", undefined],
      ["denied", "proof_key_mismatch"],
      ["allowed", undefined],
      ["failed", "upstream_unreachable"],
    ]);
    expect(records[1]?.chain?.proof).toBe("none");
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(findBreak(entries, sha256)).toBeUndefined();
    const changed = entries.map((entry) =>
      entry.seq === 2 ? { ...entry, record: entry.record.replace("denied", "allowed") } : entry,
    );
    expect(findBreak(changed, sha256)?.seq).toBe(2);
    expect(findBreak(entries.toSpliced(1, 1), sha256)?.seq).toBe(3);
  });

  test("attributes nothing to a chain that does not verify", async () => {
    const txn = newTask();
    const chain = await chainNow({ 0: { claims: { txn }, signedBy: "mallory" } });
    expect((await call(world, { chain })).status).toBe(401);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await fetch(`${world.url}/admin/audit/${taskOf(txn)}`, { headers: admin })).status).toBe(404);
  });

  test("finds all work under a root that names no task", async () => {
    const chain = await chainNow({ 0: { claims: { txn: undefined } } });
    const root = chain.split("~")[0] as string;
    await call(world, { chain });
    await call(world, { chain: root, key: await keyNamed("app") });
    const named = hashOf(root.slice(0, root.lastIndexOf(".")));
    const entries = await ledgerOf(world, taskOf(`root:${named}`), 2);
    expect(entries.map(({ record }) => (JSON.parse(record) as AuditRecord).chain?.hops.length).sort()).toEqual([1, 3]);
  });
});

test("a record that waited in the queue reaches its ledger, once", async () => {
  const txn = newTask();
  const queue = await world.gateway.miniflare.getQueueProducer("AUDIT_QUEUE");
  const message = { task: taskOf(txn), id: crypto.randomUUID(), record: '{"outcome":"allowed"}' };
  await queue.send(message);
  await queue.send(message);
  const other = { ...message, id: crypto.randomUUID(), record: '{"outcome":"denied"}' };
  await queue.send(other);
  const entries = await ledgerOf(world, txn, 2);
  expect(entries.map(({ record }) => record)).toEqual([message.record, other.record]);
});

describe("administration", () => {
  test.each(["/admin/audit/x", "/metrics"])("%s is closed without the token", async (path) => {
    expect((await fetch(world.url + path)).status).toBe(401);
    expect((await fetch(world.url + path, { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
  });

  test("metrics count outcomes by rule", async () => {
    await call(world, { chain: "garbage" });
    const text = await (await fetch(`${world.url}/metrics`, { headers: admin })).text();
    expect(text).toMatch(/hopgate_requests_total\{outcome="denied",rule="jws_malformed"\} \d+/);
    expect(text).toMatch(/hopgate_requests_total\{outcome="allowed",rule="none"\} \d+/);
  });

  test("readiness names the policy set, the signing key and the backlog of the ledger", async () => {
    expect(await (await fetch(`${world.url}/healthz`)).json()).toEqual({ status: "ok" });
    const answer = await readiness(world);
    expect(await answer.json()).toMatchObject({
      status: "ready",
      problems: [],
      signing: world.gatewayKeys[0]?.kid,
      ledger: { lost: 0, queued: expect.any(Number) },
    });
    expect(answer.status).toBe(200);
  });
});

describe("revocation", () => {
  const revoke = async (name: Record<string, string>): Promise<number> =>
    (
      await fetch(`${world.url}/admin/revocations`, {
        method: "POST",
        headers: { ...admin, "content-type": "application/json" },
        body: JSON.stringify({ ...name, reason: "test" }),
      })
    ).status;

  test("of a task stops its next request on a strict route, and no other task", async () => {
    const [ended, other] = [newTask(), newTask()];
    const chain = await chainOf(ended);
    expect((await call(world, { chain })).status).toBe(200);
    expect(await revoke({ kind: "task", task: taskOf(ended) })).toBe(200);
    const refusal = await refusalOf(await call(world, { chain }));
    expect(refusal).toMatchObject({ status: 401, error: "invalid_token" });
    expect(refusal.description).toContain("(revoked)");
    expect((await call(world, { chain: await chainOf(other) })).status).toBe(200);
  });

  test("of a token stops every chain under it", async () => {
    const jti = crypto.randomUUID();
    const chain = await chainOf(newTask(), jti);
    await revoke({ kind: "token", issuer: CAST.issuer, jti });
    expect((await refusalOf(await call(world, { chain }))).description).toContain("(revoked)");
  });

  test("reaches a route that may be behind within its bound", async () => {
    const txn = newTask();
    const chain = await chainOf(txn);
    const path = "/eventual/17";
    expect((await call(world, { chain, path })).status).toBe(200);
    await revoke({ kind: "task", task: taskOf(txn) });
    const until = Date.now() + 6000;
    let status = 200;
    while (status === 200 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      status = (await call(world, { chain, path })).status;
    }
    expect(status).toBe(401);
  });

  test("of something that does not exist as a kind is refused", async () => {
    expect(await revoke({ kind: "everything" })).toBe(400);
  });
});
