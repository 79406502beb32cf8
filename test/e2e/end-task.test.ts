/** A forbid with `@end_task` revokes the task at once and notifies people, and an operator can reopen it. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSession } from "../../cli/people.ts";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { keyNamed } from "../vectors/craft.ts";
import { hopgate } from "./command-line.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  chainNow,
  eventually,
  recordsOf,
  refusalOf,
  startWorld,
  taskOf,
  type World,
} from "./harness.ts";

const POLICY = `
@id("stays-on-orders")
@end_task("the task has left its orders")
@reason("only orders")
forbid (principal, action == Action::"orders:read", resource)
when { context.path like "/orders/secret*" };

@id("asks-first")
@end_task("never said")
@approval("finance")
forbid (principal, action == Action::"orders:read", resource)
when { context.path like "/orders/asked*" } unless { context.approved };
`;

const LIMITS = "max_denials = { task = 3, caller = 6, seconds = 86400 }";

let world: World;
beforeAll(async () => {
  // A day, so that no window ends while the tests run.
  world = await startWorld({ edit: (config) => config.replace("[gateway]\n", `[gateway]\n${LIMITS}\n`) });
  const files = await readPolicyFiles("policies");
  const cedarText = (await readFile("policies/acme.cedar", "utf8")) + POLICY;
  await publishPolicies({ ...files, cedarText }, { gateway: world.url, adminToken: ADMIN_TOKEN }, world.publisher);
});
afterAll(() => world.stop());

const newTask = (): string => `task-${crypto.randomUUID()}`;
const chainOf = (txn: string): Promise<string> => chainNow({ 0: { claims: { txn } } });
const get = async (txn: string, path: string): Promise<Response> => call(world, { path, chain: await chainOf(txn) });

test("the denial ends the task in every shard, and its ledger and a signed notice give the reason", async () => {
  const [txn, other] = [newTask(), newTask()];
  expect((await get(txn, "/orders/17")).status).toBe(200);
  expect(await refusalOf(await get(txn, "/orders/secret"))).toMatchObject({ status: 403, rule: "policy_denied" });
  expect(await refusalOf(await get(txn, "/orders/17"))).toMatchObject({ status: 401, rule: "revoked" });
  expect((await get(other, "/orders/17")).status).toBe(200);

  const records = await eventually(
    () => recordsOf(world, txn, 4),
    (all) => all.some((record) => "act" in record),
  );
  const denied = records.find((record) => "rule" in record && record.rule === "policy_denied") as AuditRecord;
  expect(denied.decision).toMatchObject({ ends: "the task has left its orders", policies: ["stays-on-orders"] });
  expect(records.find((record) => "act" in record)).toMatchObject({
    act: "ended",
    by: { iss: "https://gateway.acme.example" },
    about: { kind: "task", task: taskOf(txn), reason: "the task has left its orders", decision: denied.id },
  });
  const notice = await eventually(
    async () => world.upstream.notices.find(({ body }) => body.includes("dev.hopgate.task_ended.v1")),
    (found) => found !== undefined,
  );
  expect(notice?.headers["signature"]).toBeTypeOf("string");
  expect(JSON.parse(notice?.body as string)).toMatchObject({
    data: { task: taskOf(txn), txn, decision: denied.id, reason: "the task has left its orders" },
  });
});

test("an operator reopens it, and it can end again", async () => {
  const txn = newTask();
  const reopen = (body: object): Promise<Response> => admin(world, "revocations/reopened", body);
  await get(txn, "/orders/secret");
  expect((await get(txn, "/orders/17")).status).toBe(401);
  expect((await reopen({ task: txn, reason: "no identity" })).status).toBe(400);
  expect((await reopen({ task: taskOf(txn) })).status).toBe(400);
  expect(await (await reopen({ task: taskOf(txn), reason: "was a mistake" })).json()).toEqual({
    reopened: taskOf(txn),
  });
  expect((await get(txn, "/orders/17")).status).toBe(200);
  await get(txn, "/orders/secret");
  expect((await get(txn, "/orders/17")).status).toBe(401);
  const acts = await eventually(
    async () => (await recordsOf(world, txn, 5)).flatMap((record) => ("act" in record ? record.act : [])),
    (all) => all.length === 3,
  );
  expect(acts).toEqual(["ended", "reopened", "ended"]);
});

test("the command line reopens a task, with a reason and the task's identity", async () => {
  const txn = newTask();
  await get(txn, "/orders/secret");
  const reopen = (...args: string[]) => hopgate(["task", "reopen", ...args, "--gateway", world.url]);
  expect((await reopen(taskOf(txn))).out).toContain("--reason");
  expect(await reopen(txn, "--reason", "no identity")).toMatchObject({ code: 1 });
  expect((await get(txn, "/orders/17")).status).toBe(401);
  expect(await reopen(taskOf(txn), "--reason", "a mistake")).toMatchObject({ code: 0 });
  expect((await get(txn, "/orders/17")).status).toBe(200);
});

test("an operator reopens a task at the console, where it is marked; an auditor cannot", async () => {
  const txn = newTask();
  await get(txn, "/orders/secret");
  const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
  const session = async (group: string) => ({
    authorization: `Bearer ${await startSession(remote, { name: "otto", groups: [group] })}`,
    origin: world.url,
  });
  const [operator, auditor] = [await session("platform"), await session("security")];
  const page = async () => (await fetch(`${world.url}/console/tasks/${taskOf(txn)}`, { headers: operator })).text();
  const reopen = async (task: string, headers: Record<string, string>) => {
    const init = {
      method: "POST",
      headers,
      body: new URLSearchParams({ reason: "a mistake" }),
      redirect: "manual",
    } as const;
    return (await fetch(`${world.url}/console/tasks/${task}/reopen`, init)).status;
  };
  expect(await page()).toMatch(/<strong class="mark denied">ended<[\s\S]*Reopen the task/);
  expect(await page()).toContain("<strong>ended the task:</strong> the task has left its orders");
  expect(await reopen(taskOf(txn), auditor)).toBe(403);
  expect(await reopen(txn, operator)).toBe(400);
  expect(await reopen(taskOf(txn), operator)).toBe(302);
  expect(await page()).not.toContain("Reopen the task");
  expect((await get(txn, "/orders/17")).status).toBe(200);
  const shown = await hopgate(["audit", "show", taskOf(txn), "--gateway", world.url]);
  expect(shown.out).toContain("TASK ENDED  the task has left its orders");
  expect(shown.out).toContain("REOPENED");
});

test("a replayed proof ends no task, nor does a denial that an approval can overcome", async () => {
  const txn = newTask();
  expect(await refusalOf(await get(txn, "/orders/asked"))).toMatchObject({ rule: "approval_required" });
  const [chain, proof] = [await chainOf(txn), { jti: crypto.randomUUID() }];
  expect((await call(world, { chain, proof, path: "/orders/17" })).status).toBe(200);
  expect(await refusalOf(await call(world, { chain, proof, path: "/orders/secret" }))).toMatchObject({
    rule: "proof_replayed",
  });
  expect((await get(txn, "/orders/17")).status).toBe(200);
});

test("too many denials end the task: those of the task, and of its caller in all its tasks", async () => {
  const key = await keyNamed("actor4");
  /** By an actor of its own: the others have been denied before. */
  const send = async (txn: string, path: string): Promise<Response> =>
    call(world, { path, method: "POST", chain: await chainNow({ 0: { claims: { txn } } }, 4), key });
  const [first, second] = [newTask(), newTask()];
  const ruleOf = async (txn: string): Promise<string> => (await refusalOf(await send(txn, "/payouts"))).rule;
  for (let n = 0; n < 4; n++) expect(await ruleOf(first)).toBe("scope_insufficient");
  expect(await ruleOf(first)).toBe("revoked");
  for (let n = 0; n < 3; n++) expect(await ruleOf(second)).toBe("scope_insufficient");
  expect(await ruleOf(second)).toBe("revoked");
  const reasons = await eventually(
    async () =>
      (await recordsOf(world, second, 4)).flatMap((record) => ("act" in record ? record.about["reason"] : [])),
    (all) => all.length === 1,
  );
  expect(reasons).toEqual(["its caller was denied more than 6 times within 86400 s"]);
});
