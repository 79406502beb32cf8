/** Two of five calls to the ledger fail and its shard is ended during requests: each request is recorded once. */

import { createHash } from "node:crypto";
import { Pool } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findBreak } from "../../worker/ledger/entry.ts";
import { tellEntries } from "../../worker/ledger/outcomes.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { cases } from "../cases.ts";
import { hopgate, type Ran } from "./command-line.ts";
import { call, chainNow, ledgerNow, proofFor, startWorld, taskOf, type World } from "./harness.ts";
import { wrapWorker } from "./wrapped.ts";

const REQUESTS = cases(10_000);
const TASKS = 20;
const CONNECTIONS = 16;
/** Answers from one end of the shard to the next. */
const APART = 100;
const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

let world: World;
beforeAll(async () => {
  world = await startWorld({ bundle: await wrapWorker("faulty") });
});
afterAll(() => world.stop());

test(`${REQUESTS.toLocaleString("en")} requests leave as many decisions on record, each once, in whole chains of hashes`, async () => {
  const tasks = Array.from({ length: TASKS }, () => `task-${crypto.randomUUID()}`);
  const chains = await Promise.all(tasks.map((txn) => chainNow({ 0: { claims: { txn } } })));
  const pool = new Pool(world.url, { connections: CONNECTIONS });
  const answered = new Map<string, Answered>(
    tasks.map((txn) => [txn, { allowed: new Set(), lost: new Set(), failed: new Set() }]),
  );
  let next = 0;
  let starts = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let i = next++; i < REQUESTS; i = next++) {
        const [txn, chain] = [tasks[i % TASKS] as string, chains[i % TASKS] as string];
        const { allowed, lost, failed } = answered.get(txn) as Answered;
        if (i % APART === 0) starts = await endShard();
        // A ledger that cannot be reached is an answer too: whoever gets it asks again.
        while (true) {
          const { status, id } = await ask(pool, chain);
          if (status === 200) {
            allowed.add(id);
            break;
          }
          expect([502, 503]).toContain(status);
          (status === 502 ? lost : failed).add(id);
        }
      }
    }),
  );
  await pool.close();

  let [total, cut, unanswered, unknown] = [0, 0, 0, 0];
  for (const [txn, { allowed, lost, failed }] of answered) {
    const entries = await ledgerNow(world, txn);
    expect(findBreak(entries, sha256)).toBeUndefined();
    const told = tellEntries(entries).map(({ record }) => record as AuditRecord);
    const ids = told.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...allowed, ...lost].filter((id) => !ids.includes(id))).toEqual([]);
    const settled = told.filter(({ id, status }) => allowed.has(id) && status !== undefined);
    expect(settled.filter(({ outcome, status }) => outcome !== "allowed" || status !== 200)).toEqual([]);
    // The decision may be on record whose answer was lost twice: it was answered 503, and its outcome is unknown.
    const others = told.filter(({ id }) => !allowed.has(id) && !lost.has(id));
    expect(others.filter(({ id, status }) => !failed.has(id) || status !== undefined)).toEqual([]);
    total += allowed.size;
    cut += lost.size;
    unanswered += failed.size;
    unknown += told.filter(({ id, status }) => allowed.has(id) && status === undefined).length;
  }
  expect(total).toBe(REQUESTS);
  expect(starts).toBeGreaterThan(REQUESTS / APART / 2);
  // The faults were there, and were felt: by callers, and by outcomes that are not told again.
  expect(unanswered).toBeGreaterThan(REQUESTS / 20);
  expect(unknown).toBeGreaterThan(REQUESTS / 20);
  // Whoever was answered 200 got it from the upstream, and nobody else reached it.
  const asked = world.upstream.asked.get("/orders/17");
  expect(asked).toBeGreaterThanOrEqual(REQUESTS);
  expect(asked).toBeLessThanOrEqual(REQUESTS + cut);
}, 900_000);

/** @returns how often it has begun since the Worker did */
async function endShard(): Promise<number> {
  return (await (await fetch(`${world.url}/?restart`)).json()) as number;
}

interface Answered {
  /** Decisions that were answered 200. */
  readonly allowed: Set<string>;
  /** 502: the upstream has closed a connection just then. It was admitted. */
  readonly lost: Set<string>;
  /** 503. */
  readonly failed: Set<string>;
}

async function ask(pool: Pool, chain: string): Promise<{ readonly status: number; readonly id: string }> {
  const dpop = await proofFor(world, chain, {});
  const headers = { authorization: `DPoP ${chain}`, dpop };
  const {
    statusCode: status,
    headers: answer,
    body,
  } = await pool.request({ method: "GET", path: "/orders/17", headers });
  if (status === 200) {
    await body.dump();
    return { status, id: String(answer["hop-decision"]).replaceAll('"', "") };
  }
  return { status, id: ((await body.json()) as { decision: string }).decision };
}

test("an entry that is changed where it is stored is found by `hopgate audit verify`", async () => {
  const txn = `task-${crypto.randomUUID()}`;
  const chain = await chainNow({ 0: { claims: { txn } } });
  while ((await ledgerNow(world, txn)).length < 4) await (await call(world, { chain })).text();
  const verify = (): Promise<Ran> => hopgate(["audit", "verify", taskOf(txn), "--gateway", world.url]);
  expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining("whole") });

  expect((await fetch(`${world.url}/?tamper=${taskOf(txn)}`)).status).toBe(204);
  const found = await verify();
  expect(found.code).toBe(1);
  expect(found.out).toContain("entry 3 does not follow from the one before");
});
