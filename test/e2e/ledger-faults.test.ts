/** Ten thousand requests while ledger and queue fail, two calls of five: every request is told, each once. */

import { createHash } from "node:crypto";
import { Pool } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "../../local/build.ts";
import { findBreak, type LedgerEntry } from "../../worker/ledger/entry.ts";
import { hopgate, type Ran } from "./command-line.ts";
import { ADMIN_TOKEN, chainNow, ledgerOf, proofFor, startWorld, taskOf, type World } from "./harness.ts";

const REQUESTS = 10_000;
const TASKS = 20;
const CONNECTIONS = 16;
const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

let world: World;
beforeAll(async () => {
  await bundle("test/workers/faulty.ts", "dist/faulty", "wrangler.toml");
  world = await startWorld({ bundle: "dist/faulty" });
}, 120_000);
afterAll(() => world.stop());

test("ends with ten thousand entries, each once, in whole chains of hashes", async () => {
  const tasks = Array.from({ length: TASKS }, () => `task-${crypto.randomUUID()}`);
  const chains = await Promise.all(tasks.map((txn) => chainNow({ 0: { claims: { txn } } })));
  const pool = new Pool(world.url, { connections: CONNECTIONS });
  const decisions = new Map<string, Set<string>>(tasks.map((txn) => [txn, new Set()]));
  let next = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let i = next++; i < REQUESTS; i = next++) {
        const [txn, chain] = [tasks[i % TASKS] as string, chains[i % TASKS] as string];
        const dpop = await proofFor(world, chain, {});
        const answer = await pool.request({
          method: "GET",
          path: "/orders/17",
          headers: { authorization: `DPoP ${chain}`, dpop },
        });
        await answer.body.dump();
        expect(answer.statusCode).toBe(200);
        decisions.get(txn)?.add(String(answer.headers["hop-decision"]).replaceAll('"', ""));
      }
    }),
  );
  await pool.close();

  let total = 0;
  for (const [txn, ids] of decisions) {
    const entries = (await ledgerOf(world, txn, REQUESTS / TASKS, 60_000)) as LedgerEntry[];
    expect(findBreak(entries, sha256)).toBeUndefined();
    const told = entries.map(({ record }) => (JSON.parse(record) as { id: string }).id);
    expect(new Set(told)).toEqual(ids);
    expect(told).toHaveLength(ids.size);
    total += entries.length;
  }
  expect(total).toBe(REQUESTS);
  const metrics = await (
    await fetch(`${world.url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
  ).text();
  // The faults were there, and were felt.
  expect(Number(/hopgate_ledger_retries_total (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(REQUESTS / 10);
  expect(Number(/hopgate_ledger_queued_total (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(0);
  expect(metrics).not.toContain("hopgate_ledger_lost_total");
}, 300_000);

test("an entry that is changed where it is stored is found by `hopgate audit verify`", async () => {
  const txn = `task-${crypto.randomUUID()}`;
  const chain = await chainNow({ 0: { claims: { txn } } });
  for (let i = 0; i < 3; i++) {
    const dpop = await proofFor(world, chain, {});
    await fetch(`${world.url}/orders/17`, { headers: { authorization: `DPoP ${chain}`, dpop } });
  }
  await ledgerOf(world, txn, 3);
  const verify = (): Promise<Ran> => hopgate(["audit", "verify", taskOf(txn), "--gateway", world.url]);
  expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining("whole") });

  expect((await fetch(`${world.url}/?tamper=${taskOf(txn)}`)).status).toBe(204);
  const found = await verify();
  expect(found.code).toBe(1);
  expect(found.out).toContain("entry 2 does not follow from the one before");
});
