/** The production bundle on plain workerd with local storage: the same answers, and all state after a restart. */
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256 } from "../../cli/hash.ts";
import { backUp } from "../../selfhost/backup.ts";
import { findBreak } from "../../worker/ledger/entry.ts";
import { tellEntries } from "../../worker/ledger/outcomes.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CLIENT } from "../e2e/clients.ts";
import { halfSend, statusIn } from "../e2e/half-sent.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  castWorkloads,
  chainNow,
  eventually,
  ledgerNow,
  ledgerOf,
  readiness,
  recordsOf,
  refusalOf,
  seenBy,
  taskOf,
  type World,
} from "../e2e/harness.ts";
import { type SelfhostWorld, startSelfhostWorld } from "../e2e/selfhost-world.ts";
import { CAST } from "../vectors/craft.ts";
import { type Neighbour, startNeighbour } from "./neighbour.ts";

let selfhost: SelfhostWorld;
let world: World;
let neighbour: Neighbour;
beforeAll(async () => {
  neighbour = await startNeighbour();
  selfhost = await startSelfhostWorld("selfhost-test", { edit: (config) => config + neighbour.route });
  world = selfhost.world;
}, 60_000);
afterAll(async () => {
  await selfhost.end();
  neighbour.stop();
});

const txn = `task-${crypto.randomUUID()}`;
const chainOfTask = (): Promise<string> => chainNow({ 0: { claims: { txn } } });

test("the bundle is byte for byte the one that is deployed", async () => {
  const [mine, deployed] = ["dist/selfhost-test/worker/index.js", "dist/worker/index.js"];
  expect(await readFile(mine, "utf8")).toBe(await readFile(deployed, "utf8"));
});

test("an API at a private address is reached over plain http, because its route allows it", async ({ skip }) => {
  skip(!neighbour.isPrivate, "this machine has no address but the loopback");
  const answer = await call(world, { path: "/neighbour/17" });
  expect([answer.status, await answer.text()]).toEqual([200, "the neighbour: /neighbour/17, Bearer"]);
});

test("a chain goes through, with a token, and is recorded", async () => {
  const chain = await chainOfTask();
  const { headers } = await seenBy(await call(world, { chain }));
  expect(headers["authorization"]).toMatch(/^Bearer ey/);
  expect(await (await readiness(world)).json()).toMatchObject({ status: "ready", problems: [] });
  const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
  expect(record).toMatchObject({
    outcome: "allowed",
    chain: {
      task: taskOf(txn),
      subject: { iss: CAST.issuer, sub: "alice" },
      actors: [CAST.app, CAST.agent, CAST.service].map((sub) => ({ sub, proof: "registered" })),
    },
  });
});

test("a caller cannot state its own address", async () => {
  const own = `task-${crypto.randomUUID()}`;
  const chain = await chainNow({ 0: { claims: { txn: own } } });
  const forged = {
    "cf-connecting-ip": "192.0.2.7",
    "x-forwarded-for": "192.0.2.7",
    "x-real-ip": "192.0.2.7",
    forwarded: "for=192.0.2.7",
    "hopgate-front-address": "192.0.2.7",
    "hopgate-front-secret": "guess",
  };
  await call(world, { chain, headers: forged });
  const [record] = (await recordsOf(world, own, 1)) as AuditRecord[];
  expect(record?.decision?.question.request.context).toMatchObject({ ip: { __extn: { fn: "ip", arg: "127.0.0.1" } } });
});

test("entries are written to the archive folder", async () => {
  const folder = join(selfhost.state, "archive/ledger");
  const texts = async (): Promise<string[]> => {
    const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
    return Promise.all(
      names
        .filter((name) => name.endsWith(".jsonl.gz"))
        .map(async (name) => gunzipSync(await readFile(join(folder, name))).toString()),
    );
  };
  await eventually(texts, (files) => files.some((text) => text.includes("dev.hopgate.decision.v1")));
});

test("a thousand requests that are half sent end by themselves, and health is answered meanwhile", async () => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const many = Array.from({ length: 1000 }, () => halfSend({ url: world.url, path: "/oauth/token", headers }));
  expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
  await eventually(
    async () => (await call(world)).status,
    (status) => status === 200,
  );
  const statuses = new Set((await Promise.all(many.map(({ answer }) => answer))).map(statusIn));
  // 503 if the gateway has no place left.
  expect([...statuses].filter((status) => status !== 503)).toEqual([408]);
});

test("a workload that is removed is refused, and can be registered again; a client's actor can have another name", async () => {
  const [workload] = (await castWorkloads()).filter(({ name }) => name === CAST.service) as [object];
  const path = `registry/${encodeURIComponent(CAST.service)}`;
  const remove = (): Promise<Response> => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    return fetch(`${world.url}/admin/${path}`, { method: "DELETE", headers });
  };
  expect([(await remove()).status, (await remove()).status, (await admin(world, path)).status]).toEqual([
    204, 404, 404,
  ]);
  await expect.poll(async () => (await call(world)).status).toBe(401);
  expect((await admin(world, path, workload, "PUT")).status).toBe(200);
  await expect.poll(async () => (await call(world)).status).toBe(200);
  const client = (actor: string) => ({ ...CLIENT, client_id: "renamed", actor });
  for (const actor of ["urn:acme:old-name", "urn:acme:new-name"])
    expect((await admin(world, "clients/renamed", client(actor), "PUT")).status).toBe(200);
});

test("a notice that its receiver does not accept is delivered again", async () => {
  const asked = (): number => world.upstream.asked.get("/notices") ?? 0;
  const before = asked();
  world.upstream.noticesDown = true;
  const own = `task-${crypto.randomUUID()}`;
  const headers = { "hop-break-glass": '"the order system is down"' };
  const chain = await chainNow({ 0: { claims: { txn: own } } });
  expect((await call(world, { path: "/exports/today", chain, headers })).status).toBe(200);
  await expect.poll(asked).toBeGreaterThan(before);
  world.upstream.noticesDown = false;
  await eventually(
    async () => world.upstream.notices.some(({ body }) => body.includes(own)),
    (told) => told,
  );
});

test("after a restart the policies decide, workloads are registered, the ledger is there, what was revoked stays so, and a proof that was used is used", async () => {
  const chain = await chainOfTask();
  const proven = { chain: await chainNow(), proof: { jti: crypto.randomUUID() } };
  expect((await call(world, proven)).status).toBe(200);
  const client = { ...CLIENT, client_id: "kept", actor: "urn:acme:kept" };
  expect((await admin(world, "clients/kept", client, "PUT")).status).toBe(200);
  await ledgerOf(world, txn, 1);
  await admin(world, "revocations", { kind: "task", task: taskOf(txn), reason: "test" });
  await selfhost.stop();
  await selfhost.start();
  expect((await refusalOf(await call(world, { chain }))).description).toContain("(revoked)");
  expect((await call(world)).status).toBe(200);
  expect(await refusalOf(await call(world, proven))).toMatchObject({ status: 401, rule: "proof_replayed" });
  const entries = await ledgerOf(world, txn, 3);
  expect(findBreak(entries, sha256)).toBeUndefined();
  expect(tellEntries(entries).map(({ record }) => ("act" in record ? record.act : record.outcome))).toEqual([
    "allowed",
    "revoked",
    "denied",
  ]);
  const { clients } = (await (await admin(world, "clients")).json()) as { clients: { client_id: string }[] };
  expect(clients.map(({ client_id }) => client_id)).toEqual(["kept", "renamed"]);
});

test("a copy that is made under load has every request that was answered before and every revocation, and a gateway can continue from it", async () => {
  const own = `task-${crypto.randomUUID()}`;
  const chain = await chainNow({ 0: { claims: { txn: own } } });
  let answered = 0;
  let busy = true;
  const load = Array.from({ length: 16 }, async () => {
    while (busy) if ((await call(world, { chain })).status === 200) answered += 1;
  });
  await expect.poll(() => answered).toBeGreaterThan(50);
  const before = answered;
  const copy = `${selfhost.state}-copy`;
  await backUp(selfhost.state, copy);
  busy = false;
  await Promise.all(load);
  await expect(backUp(selfhost.state, copy)).rejects.toThrow("nothing is overwritten");
  await expect(backUp(`${copy}/archive`, `${copy}-2`)).rejects.toThrow("there is no state in");
  await selfhost.stop();
  for (const part of ["objects", "archive"]) {
    await rm(join(selfhost.state, part), { recursive: true });
    await rename(join(copy, part), join(selfhost.state, part));
  }
  await rm(copy, { recursive: true });
  await selfhost.start();
  expect((await call(world, { chain })).status).toBe(200);
  // Outcomes that were not written yet when it was copied are lost.
  const entries = await ledgerNow(world, own);
  expect(tellEntries(entries).length).toBeGreaterThan(before);
  expect(findBreak(entries, sha256)).toBeUndefined();
  expect((await refusalOf(await call(world, { chain: await chainOfTask() }))).rule).toBe("revoked");
});
