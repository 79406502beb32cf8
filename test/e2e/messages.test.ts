/** Messages: verified again when they are handled, over HTTP, from a real queue, and by the command line. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askConsole, startSession } from "../../cli/people.ts";
import { dpopProof } from "../../sdk/client.ts";
import type { HopgateError } from "../../sdk/envelope.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { hopgate } from "./command-line.ts";
import { ADMIN_TOKEN, eventually, recordsOf, type World } from "./harness.ts";
import {
  agentChain,
  type Consumer,
  endTask,
  libraryKey,
  newTask,
  openAs,
  REFUNDS,
  ruleOf,
  sealed,
  startConsumer,
} from "./messages.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
let consumer: Consumer;
beforeAll(async () => {
  world = await sharedWorld();
  consumer = await startConsumer(world);
}, 120_000);
afterAll(() => consumer.stop());

describe("a queue", () => {
  test("gives a message to its consumer, and the ledger has the whole chain under the same task", async () => {
    const txn = newTask();
    const payload = JSON.stringify({ refund: 17 });
    await consumer.send({ envelope: await sealed(payload, await agentChain(txn)), payload });
    const { handled } = await eventually(
      () => consumer.log(),
      (log) => log.handled.some((each) => each.txn === txn),
    );
    expect(handled.find((each) => each.txn === txn)).toEqual({
      payload,
      subject: "alice",
      actors: [CAST.app, CAST.agent, CAST.service],
      txn,
    });
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record).toMatchObject({
      outcome: "allowed",
      chain: { txn, subject: { sub: "alice" }, hops: [{}, {}, { iss: CAST.agent, sub: CAST.service }] },
      envelope: { producer: CAST.agent, id: expect.any(String), delivery: expect.any(String) },
      decision: {
        policies: ["refund-for-a-person"],
        question: { request: { context: { message: { age: expect.any(Number) } } } },
      },
      token: { aud: REFUNDS, scope: "refunds:write" },
    });
    expect(record).not.toHaveProperty("upstream");
  });

  test("does not hand it over when the task has ended since it was sealed", async () => {
    const txn = newTask();
    const payload = `waits ${txn}`;
    const envelope = await sealed(payload, await agentChain(txn));
    expect((await endTask(world, txn)).status).toBe(200);
    const before = (await consumer.log()).refused.length;
    await consumer.send({ envelope, payload });
    const log = await eventually(
      () => consumer.log(),
      ({ refused }) => refused.length > before,
    );
    expect(log.refused.at(-1)).toMatchObject({ rule: "revoked" });
    expect(log.handled.some((each) => each.txn === txn)).toBe(false);
    // The first entry is the revocation.
    const [, record] = await recordsOf(world, txn, 2);
    expect(record).toMatchObject({
      outcome: "denied",
      rule: "revoked",
      chain: { subject: { sub: "alice" } },
      envelope: { producer: CAST.agent },
    });
  });

  test("delivers a message again whose handler failed; a copy under another id is refused", async () => {
    const txn = newTask();
    const payload = `fails once ${txn}`;
    const message = { envelope: await sealed(payload, await agentChain(txn)), payload };
    await consumer.send(message);
    await eventually(
      () => consumer.log(),
      (log) => log.handled.some((each) => each.txn === txn),
    );
    const { attempts, refused } = await consumer.log();
    expect(attempts[payload]).toBe(2);
    await consumer.send(message);
    const log = await eventually(
      () => consumer.log(),
      (now) => now.refused.length > refused.length,
    );
    expect(log.refused.at(-1)).toMatchObject({ rule: "message_replayed" });
    expect(log.attempts[payload]).toBe(2);
  });

  test("never has an unsealed message handled", async () => {
    const before = (await consumer.log()).refused.length;
    await consumer.send({ payload: "just text" });
    const log = await eventually(
      () => consumer.log(),
      ({ refused }) => refused.length > before,
    );
    expect(log.refused.at(-1)?.rule).toBeUndefined();
    expect(log.attempts).not.toHaveProperty("just text");
  });
});

describe("over HTTP", () => {
  test("a consumer gets provenance, and a chain for its own calls", async () => {
    const txn = newTask();
    const envelope = await sealed("x", await agentChain(txn), { scopes: ["refunds:write", "orders:read"] });
    const { provenance, chain } = await openAs(world, "x", envelope, "m-1");
    expect(provenance).toMatchObject({
      subject: { iss: CAST.issuer, sub: "alice" },
      caller: { iss: "spiffe://acme.example", sub: CAST.service, proof: "registered" },
      txn,
      txnBy: { iss: CAST.issuer, sub: CAST.issuer },
      purpose: "customer-support/refund",
      scopes: ["refunds:write"],
    });
    expect(chain.split("~")).toHaveLength(3);
    expect(await openAs(world, "x", envelope, "m-1")).toMatchObject({ provenance: { txn } });
    expect(await ruleOf(openAs(world, "x", envelope, "m-2"))).toBe("message_replayed");
  });

  test("of two concurrent deliveries under two ids one passes", async () => {
    const envelope = await sealed("x", await agentChain(newTask()));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => ruleOf(openAs(world, "x", envelope, `m-${i}`))),
    );
    expect(answers.filter((rule) => rule === undefined)).toHaveLength(1);
    expect(answers.filter((rule) => rule === "message_replayed")).toHaveLength(5);
  });

  test("a route with an upstream forwards exactly the payload, with the token and without the envelope", async () => {
    const payload = JSON.stringify({ refund: 18 });
    const envelope = await sealed(payload, await agentChain(newTask()));
    const push = async (body: string, headers: Record<string, string> = {}): Promise<Response> => {
      const key = libraryKey(await keyNamed("service"));
      const { chain } = decodeJwt<{ chain: string }>(envelope);
      const dpop = await dpopProof({ key, chain, method: "POST", url: `${world.url}/push/refunds` });
      return fetch(`${world.url}/push/refunds`, {
        method: "POST",
        headers: { authorization: `Envelope ${envelope}`, dpop, "hop-message": "m-1", ...headers },
        body,
      });
    };
    const seen = (await (await push(payload)).json()) as { bytes: number; headers: Record<string, string> };
    expect(seen.bytes).toBe(payload.length);
    expect(seen.headers["authorization"]).toMatch(/^Bearer ey/);
    expect(seen.headers).not.toHaveProperty("hop-message");
    expect(seen.headers["hop-subject"]).toBe(`"alice";iss="${CAST.issuer}"`);
    // What a digest claims of another body does not count.
    const { digest } = decodeJwt<{ digest: string }>(envelope);
    const changed = await push(payload.replace("18", "81"), { "content-digest": digest });
    expect([changed.status, await changed.text()]).toEqual([401, expect.stringContaining("envelope_digest")]);
    const large = await push("x".repeat(5000));
    expect([large.status, await large.text()]).toEqual([413, expect.stringContaining("content_too_large")]);
  });

  test("a message that waits for people passes when they have approved it, and no other does", async () => {
    const chain = await agentChain(newTask());
    const [one, two] = [
      await sealed("one", chain, { scopes: ["orders:read"] }),
      await sealed("two", chain, { scopes: ["orders:read"] }),
    ];
    const opening = openAs(world, "one", one, "m-1", "service", "/jobs/exports");
    const error = (await opening.catch((cause: unknown) => cause)) as HopgateError;
    expect(error.refusal).toMatchObject({ rule: "approval_pending", approval: { id: expect.any(String) } });
    const session = await startSession(
      { gateway: world.url, adminToken: ADMIN_TOKEN },
      { name: "dora", groups: ["data-protection"] },
    );
    await askConsole(
      { gateway: world.url, adminToken: ADMIN_TOKEN },
      session,
      `approvals/${error.refusal?.approval?.id}`,
      {
        decision: "approve",
        group: "data-protection",
      },
    );
    expect(await ruleOf(openAs(world, "two", two, "m-2", "service", "/jobs/exports"))).toBe("approval_pending");
    expect(await ruleOf(openAs(world, "one", one, "m-1", "service", "/jobs/exports"))).toBeUndefined();
  });
});

test("a message that people refuse stays refused, however often it is delivered", async () => {
  const envelope = await sealed("x", await agentChain(newTask()), { scopes: ["orders:read"] });
  const opening = () => openAs(world, "x", envelope, "m-1", "service", "/jobs/exports");
  const { refusal } = (await opening().catch((cause: unknown) => cause)) as HopgateError;
  const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
  const session = await startSession(remote, { name: "dora", groups: ["data-protection"] });
  const vote = { decision: "reject", group: "data-protection" };
  await askConsole(remote, session, `approvals/${refusal?.approval?.id}`, vote);
  expect(await ruleOf(opening())).toBe("approval_rejected");
  expect(await ruleOf(opening())).toBe("approval_rejected");
});

test("the command line seals and opens a message, and is refused once the task has ended", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hopgate-messages-"));
  const file = (name: string): string => join(folder, name);
  const message = async (...args: string[]): Promise<string> => (await hopgate(["message", ...args])).out;
  const txn = newTask();
  await writeFile(file("agent.chain"), await agentChain(txn));
  for (const name of ["agent", "service"])
    await writeFile(file(name), JSON.stringify(libraryKey(await keyNamed(name))));
  const producer = ["--chain", `@${file("agent.chain")}`, "--key", file("agent"), "--scope", "refunds:write"];
  const consumer = ["--to", CAST.service, "--to-key", file("service")];
  await message("seal", '{"order":17}', ...producer, ...consumer, "--out", file("message.json"));
  const opening = ["open", file("message.json"), "--key", file("service"), "--route", `${world.url}/jobs/refunds`];
  const told = await message(...opening);
  const through = [CAST.app, CAST.agent, CAST.service].map((actor) => `${actor} (registered)`).join(" -> ");
  for (const part of [`alice of ${CAST.issuer}`, through, txn, '{"order":17}']) expect(told).toContain(part);
  await endTask(world, txn);
  expect(await message(...opening)).toContain(
    "hopgate: the chain, its task or one of its actors was revoked (revoked)",
  );
  const wider = await message("seal", "x", ...producer.slice(0, 4), "--scope", "all", ...consumer);
  expect(wider).toContain("the last hop does not have the scope `all`");
  await rm(folder, { recursive: true });
});
