/** Messages that were given up: they are handled again only after people approve, which is recorded. */
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askConsole, startSession } from "../../cli/people.ts";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { release, uploadSet } from "../../policies/tool/remote.ts";
import { makeDocument } from "../../policies/tool/source.ts";
import { dpopProof } from "../../sdk/client.ts";
import { type HopgateError, type Opened, open } from "../../sdk/envelope.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { ADMIN_TOKEN, recordsOf, startWorld, type World } from "./harness.ts";
import { agentChain, endTask, libraryKey, newTask, REFUNDS, ruleOf, sealed } from "./messages.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

async function openDead(envelope: string, more: { path?: string; deadLetter?: boolean } = {}): Promise<Opened> {
  const { path = "/jobs/refunds", deadLetter = true } = more;
  const audience = path === "/jobs/exports" ? "https://orders.acme.example" : REFUNDS;
  const key = libraryKey(await keyNamed("service"));
  const opening = { route: world.url + path, key, issuer: CAST.gateway, audience, deadLetter };
  return open("x", envelope, decodeJwt(envelope).jti as string, opening);
}

async function approvalOf(opening: Promise<Opened>): Promise<string> {
  const { refusal } = (await opening.catch((cause: unknown) => cause)) as HopgateError;
  expect(refusal?.rule).toBe("approval_pending");
  return refusal?.approval?.id as string;
}

async function vote(id: string, decision: "approve" | "reject", group = "operations"): Promise<void> {
  const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
  const session = await startSession(remote, { name: "olga", groups: [group] });
  await askConsole(remote, session, `approvals/${id}`, { decision, group });
}

test("a dead letter is opened after operations approve, by one of 64 concurrent consumers, and the ledger names it", async () => {
  const txn = newTask();
  const envelope = await sealed("x", await agentChain(txn));
  await vote(await approvalOf(openDead(envelope)), "approve");
  const rules = await Promise.all(Array.from({ length: 64 }, () => ruleOf(openDead(envelope))));
  expect(rules.filter((rule) => rule === undefined)).toHaveLength(1);
  const records = (await recordsOf(world, txn, 2)) as AuditRecord[];
  const allowed = records.filter(({ outcome }) => outcome === "allowed");
  expect(allowed).toMatchObject([
    {
      envelope: { deadLetter: true, producer: CAST.agent },
      decision: { approvedBy: [{ sub: "olga", group: "operations" }] },
    },
  ]);
});

test("a dead letter that operations refuse stays refused", async () => {
  const envelope = await sealed("x", await agentChain(newTask()));
  await vote(await approvalOf(openDead(envelope)), "reject");
  expect(await ruleOf(openDead(envelope))).toBe("approval_rejected");
});

test("no approval brings back a task that has ended", async () => {
  const txn = newTask();
  const envelope = await sealed("x", await agentChain(txn));
  await vote(await approvalOf(openDead(envelope)), "approve");
  await endTask(world, txn);
  expect(await ruleOf(openDead(envelope))).toBe("revoked");
});

test("an approval of a message does not cover its dead letter", async () => {
  const envelope = await sealed("x", await agentChain(newTask()), { scopes: ["orders:read"] });
  const path = "/jobs/exports";
  const first = await approvalOf(openDead(envelope, { path, deadLetter: false }));
  await vote(first, "approve", "data-protection");
  const second = await approvalOf(openDead(envelope, { path }));
  expect(second).not.toBe(first);
  expect(await ruleOf(openDead(envelope, { path }))).toBe("approval_pending");
});

test("a Hop-Dead-Letter header with another value than ?1 is refused, and named", async () => {
  const envelope = await sealed("x", await agentChain(newTask()));
  const { chain, digest } = decodeJwt<{ chain: string; digest: string }>(envelope);
  const url = `${world.url}/jobs/refunds`;
  for (const value of ["?0", "true", "?1, ?1", "?1;x"]) {
    const dpop = await dpopProof({ key: libraryKey(await keyNamed("service")), chain, method: "POST", url });
    const named = { "hop-message": "m", "hop-dead-letter": value, "content-digest": digest };
    const headers = { authorization: `Envelope ${envelope}`, dpop, ...named };
    const answer = await fetch(url, { method: "POST", headers });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ rule: "message_malformed", claim: "hop-dead-letter" }),
    ]);
  }
});

test("if no policy asks people, it is refused", async () => {
  const files = await readPolicyFiles("policies");
  const cedarText = files.cedarText.replace(/@id\("dead-letters-need-approval"\)[^;]*;/, "");
  const document = await makeDocument({ ...files, cedarText });
  const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
  await uploadSet(remote, document);
  await release(remote, world.publisher, { kind: "current", set: document.hash });
  const envelope = await sealed("x", await agentChain(newTask()));
  await expect.poll(() => ruleOf(openDead(envelope))).toBe("dead_letter_undecided");
  expect(await ruleOf(openDead(envelope, { deadLetter: false }))).toBeUndefined();
});
