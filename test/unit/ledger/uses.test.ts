/** What a shard knows of the use of authority, counted from its entries behind the requests. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { forgetUnseen } from "../../../worker/ledger/uses.ts";
import { admissionOf, entryOf, LEDGER, rowsOf, runAlarm, type Shard } from "./shard.ts";

const AGENT = "spiffe://acme.example/agents/support";
const iss = "spiffe://acme.example";
const DAY_MS = 24 * 3600 * 1000;

/** Admits an allowed request of the agent: it holds two scopes, and uses one. */
async function use(
  shard: Shard,
  id: string,
  more: { actor?: string; daysAgo?: number; denied?: boolean } = {},
): Promise<void> {
  const { actor = AGENT, daysAgo = 0, denied = false } = more;
  const outcome = denied ? "denied" : "allowed";
  const record = {
    id,
    time: new Date(Date.now() - daysAgo * DAY_MS).toISOString(),
    outcome,
    chain: {
      task: "t",
      txn: "x",
      introducer: { iss, sub: iss },
      subject: { iss, sub: "alice" },
      actors: [{ iss, sub: actor, proof: "registered" }],
      hops: [{ iss, sub: actor, aud: "gateway", scope: "read write", iat: 1, exp: 61, name: "n" }],
    },
    request: { route: "orders", method: "GET", path: "/orders/17" },
    decision: { question: { request: { action: { type: "Action", id: "orders:read" } } } },
    ...(denied ? {} : { token: { scope: "read" } }),
  };
  await shard.admit(admissionOf(entryOf("t", id, { kind: outcome, record: JSON.stringify(record) })));
}

test("a workload is listed with the scopes that it held and used, and the number of its requests", async () => {
  const shard = LEDGER.getByName("uses");
  await use(shard, "a");
  await use(shard, "b", { denied: true });
  await runAlarm(shard);
  await use(shard, "c", { denied: true });
  await runAlarm(shard);
  const [only, ...others] = await shard.workloads();
  expect(others).toEqual([]);
  expect(only).toMatchObject({
    actor: AGENT,
    requests: 3,
    denied: 2,
    longest: 60,
    scopes: { read: expect.any(String), write: null },
    uses: [{ action: "orders:read", route: "orders" }],
    chains: [[AGENT]],
  });
});

test("entries are counted once, however often the alarm runs", async () => {
  const shard = LEDGER.getByName("uses once");
  await use(shard, "a");
  for (let i = 0; i < 3; i++) await runAlarm(shard);
  expect(await shard.workloads()).toMatchObject([{ actor: AGENT, requests: 1 }]);
});

test("a workload that was not seen for 90 days is forgotten, with what it held and used", async () => {
  const shard = LEDGER.getByName("uses forgotten");
  await use(shard, "1", { daysAgo: 91 });
  await use(shard, "2", { daysAgo: 91, actor: `${AGENT}-2` });
  await use(shard, "3", { daysAgo: 89, actor: `${AGENT}-2` });
  await runAlarm(shard);
  expect(await shard.workloads()).toMatchObject([
    { actor: `${AGENT}-2`, requests: 2, uses: [{ action: "orders:read" }], scopes: { write: null } },
  ]);
  for (const table of ["scopes", "uses"])
    expect(await rowsOf(shard, `SELECT DISTINCT actor FROM ${table}`), table).toEqual([{ actor: `${AGENT}-2` }]);
});

test("many workloads are forgotten in steps, each with all that it held and used", async () => {
  await runInDurableObject(LEDGER.getByName("uses forgotten in steps"), (_, { storage: { sql } }) => {
    const countOf = (table: string): number => sql.exec(`SELECT DISTINCT actor FROM ${table}`).toArray().length;
    for (let i = 0; i < 45; i++) {
      sql.exec("INSERT INTO workloads VALUES (?, ?, ?, 1, 0, 60)", `a-${i}`, "2026-01-01", "2026-01-01");
      for (const scope of ["read", "write"]) sql.exec("INSERT INTO scopes VALUES (?, ?, NULL)", `a-${i}`, scope);
      sql.exec("INSERT INTO uses VALUES (?, 'orders:read', 'orders')", `a-${i}`);
    }
    const left: number[] = [];
    for (const _ of forgetUnseen("2026-01-02", sql)) {
      left.push(countOf("workloads"));
      expect([countOf("scopes"), countOf("uses")]).toEqual([left.at(-1), left.at(-1)]);
    }
    expect(left).toEqual([25, 5]);
    expect([countOf("workloads"), countOf("scopes"), countOf("uses")]).toEqual([0, 0, 0]);
  });
});
