/** What is recorded of every request, who may read it, and what a revocation stops. */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { findBreak } from "../../worker/ledger/entry.ts";
import { tellEntries } from "../../worker/ledger/outcomes.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, hashOf, keyNamed } from "../vectors/craft.ts";
import {
  ADMIN_TOKEN,
  type CallOptions,
  call,
  chainNow,
  ledgerNow,
  ledgerOf,
  readiness,
  recordsOf,
  refusalOf,
  taskOf,
  type World,
} from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
const newTask = (): string => `task-${crypto.randomUUID()}`;
const chainOf = (txn: string, jti = "root-1"): Promise<string> => chainNow({ 0: { claims: { txn, jti } } });

describe("the ledger of a task", () => {
  test("has an allowed request with its whole chain, and never the token", async () => {
    const txn = newTask();
    const chain = await chainOf(txn);
    const response = await call(world, { chain });
    const token = String(
      ((await response.json()) as { headers: Record<string, string> }).headers["authorization"],
    ).replace("Bearer ", "");
    const entries = await ledgerOf(world, txn, 1);
    const [record] = tellEntries(entries).map((told) => told.record) as AuditRecord[];
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
      status: 200,
      upstream: { status: 200, milliseconds: expect.any(Number) },
    });
    expect(record?.chain?.actors.map(({ sub }) => sub)).toEqual([CAST.app, CAST.agent, CAST.service]);
    expect(record?.chain?.hops.map(({ name }) => name)).toEqual(
      chain.split("~").map((hop) => hashOf(hop.slice(0, hop.lastIndexOf(".")))),
    );
    const text = JSON.stringify(entries);
    expect(text).not.toContain(token.split(".")[2]);
    for (const hop of chain.split("~")) expect(text).not.toContain(hop.split(".")[1]);
  });

  test("has denied requests too, hash-chained with the others", async () => {
    const txn = newTask();
    const chain = await chainOf(txn);
    await call(world, { chain });
    await call(world, { chain, key: await keyNamed("mallory") });
    await call(world, { chain, method: "POST", path: "/refunds" });
    await call(world, { chain, path: "/down/17" });
    const entries = await ledgerOf(world, txn, 4);
    const told = tellEntries(entries);
    const records = told.map(({ record }) => record as AuditRecord);
    expect(records.map(({ outcome, rule }) => [outcome, rule])).toEqual([
      ["allowed", undefined],
      ["denied", "proof_key_mismatch"],
      ["allowed", undefined],
      ["failed", "upstream_unreachable"],
    ]);
    expect(records[1]?.chain?.proof).toBe("none");
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect(findBreak(entries, sha256)).toBeUndefined();
    const denied = told[1]?.seq as number;
    const changed = entries.map((entry) =>
      entry.seq === denied ? { ...entry, record: entry.record.replace("denied", "allowed") } : entry,
    );
    expect(findBreak(changed, sha256)?.seq).toBe(denied);
    expect(findBreak(entries.toSpliced(denied - 1, 1), sha256)?.seq).toBe(denied + 1);
  });

  test.each<[string, CallOptions, number, object]>([
    ["that is allowed", {}, 200, { outcome: "allowed" }],
    ["that policies deny", { path: "/payouts", method: "POST" }, 403, { outcome: "denied", status: 403 }],
    ["whose proof is replayed", { proof: { jti: "twice" } }, 401, { rule: "proof_replayed", status: 401 }],
    ["whose upstream is down", { path: "/down/17" }, 502, { request: { path: "/down/17" } }],
  ])("has a request %s once it is answered", async (_, options, status, kept) => {
    const txn = newTask();
    const chain = await chainOf(txn);
    if (options.proof !== undefined) await call(world, { ...options, chain });
    const answer = await call(world, { ...options, chain });
    expect(answer.status).toBe(status);
    expect(tellEntries(await ledgerNow(world, txn)).at(-1)?.record).toMatchObject(kept);
  });

  test("attributes nothing to a chain that does not verify", async () => {
    const txn = newTask();
    const chain = await chainNow({ 0: { claims: { txn }, signedBy: "mallory" } });
    // What is refused is on record when it is answered, so there is nothing to wait for: as another request shows.
    expect((await call(world, { chain })).status).toBe(401);
    expect((await fetch(`${world.url}/admin/audit/${taskOf(txn)}`, { headers: admin })).status).toBe(404);
    expect((await call(world, { chain: await chainOf(txn), key: await keyNamed("mallory") })).status).toBe(401);
    expect(await ledgerNow(world, txn)).toHaveLength(1);
  });

  test("has all work under a root that names no task", async () => {
    const chain = await chainNow({ 0: { claims: { txn: undefined } } });
    const root = chain.split("~")[0] as string;
    await call(world, { chain });
    await call(world, { chain: root, key: await keyNamed("app") });
    const named = hashOf(root.slice(0, root.lastIndexOf(".")));
    const records = (await recordsOf(world, taskOf(`root:${named}`), 2)) as AuditRecord[];
    expect(records.map(({ chain: told }) => told?.hops.length)).toEqual([3, 1]);
  });
});

describe("administration", () => {
  test.each(["/admin/audit/x", "/metrics"])("%s is refused without the token", async (path) => {
    expect((await fetch(world.url + path)).status).toBe(401);
    expect((await fetch(world.url + path, { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
  });

  test("metrics count outcomes by rule", async () => {
    await call(world, { chain: "garbage" });
    const text = await (await fetch(`${world.url}/metrics`, { headers: admin })).text();
    expect(text).toMatch(
      /http_server_request_duration_seconds_count\{.*hopgate_outcome="denied",hopgate_rule="jws_malformed"\} \d+/,
    );
    expect(text).toMatch(/http_server_request_duration_seconds_count\{.*hopgate_outcome="allowed"\} \d+/);
  });

  test("readiness names the policy set, the signing key and the backlog of the ledger", async () => {
    expect(await (await fetch(`${world.url}/healthz`)).json()).toEqual({ status: "ok" });
    const answer = await readiness(world);
    expect(await answer.json()).toMatchObject({
      status: "ready",
      problems: [],
      signing: world.gatewayKeys[0]?.kid,
      ledger: { waiting: expect.any(Number) },
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

  test("of a task stops its next request, and no other task", async () => {
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

  test("of a task stops its next request on every route", async () => {
    const txn = newTask();
    const chain = await chainOf(txn);
    const paths = ["/orders/17", "/proven/17", "/told/17"];
    for (const path of paths) expect((await call(world, { chain, path })).status, path).toBe(200);
    await revoke({ kind: "task", task: taskOf(txn) });
    for (const path of paths)
      expect(await refusalOf(await call(world, { chain, path })), path).toMatchObject({ status: 401, rule: "revoked" });
  });

  test("of an unknown kind is refused", async () => {
    expect(await revoke({ kind: "everything" })).toBe(400);
  });
});
