/** The memory of tasks, callers and subjects over HTTP: limits hold for any number of concurrent requests. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publishPolicies } from "../../policies/tool/publish.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { ADMIN_TOKEN, call, chainNow, eventually, recordsOf, refusalOf, startWorld, type World } from "./harness.ts";

const TOOLS = `
[[routes]]
id = "shop"
api = "shop-api"
path = "/shop"
upstream = "UPSTREAM"
audience = "https://tools.acme.example"
sensitivity = "medium"
limit = { requests = 70, seconds = 600, per = "task" }
[routes.methods]
POST = { action = "mcp:session" }
[routes.tools]
refund = { action = "refunds:write", scopes = ["refunds:write"], arguments = { amount = { type = "long?", min = -100, max = 9007199254740991 } } }
order = { action = "orders:read", scopes = ["orders:read"] }
`;

const POLICIES = `
@id("refund")
@add("refunded: context.tool.arguments.amount, today.caller.refunded: context.tool.arguments.amount")
@count("refunds")
@label("paid")
permit (principal, action == Action::"refunds:write", resource in Api::"shop-api")
when { context has tool && context.tool.arguments has amount };

@id("a-hundred-a-task")
@reason("the task has refunded enough")
forbid (principal, action == Action::"refunds:write", resource in Api::"shop-api")
when {
  context has tool && context.tool.arguments has amount &&
  context.tool.arguments.amount < 100000 && context.task.refunded + context.tool.arguments.amount > 100
};

@id("a-thousand-a-day")
@reason("the agent has refunded enough today")
forbid (principal, action == Action::"refunds:write", resource in Api::"shop-api")
when {
  context has tool && context.tool.arguments has amount &&
  context.tool.arguments.amount < 100000 && context.today.caller.refunded + context.tool.arguments.amount > 250
};

@id("read-until-paid")
permit (principal, action == Action::"orders:read", resource in Api::"shop-api")
when { !context.task.labels.contains("paid") };
`;

type Allowed = AuditRecord & { readonly decision: NonNullable<AuditRecord["decision"]> };

type Sums = { readonly refunded: number };

let world: World;
beforeAll(async () => {
  world = await startWorld({
    edit: (config) => config + TOOLS.replaceAll("UPSTREAM", /^upstream = "(http:[^"]+)"/m.exec(config)?.[1] as string),
  });
  const schema = await readFile("policies/schema.cedarschema", "utf8");
  const schemaText = schema
    .replace(/task: \{\s+id: String,/, "$& labels: Set<String>, refunded: Long, refunds: Long,")
    .replace("txn: String,", "txn: String,\n  today: { caller: { refunded: Long } },")
    .replace("amount?: decimal", "amount?: Long");
  const files = { cedarText: POLICIES, schemaText, entities: [], links: [], places: () => ({ file: "", line: 0 }) };
  await publishPolicies(files, { gateway: world.url, adminToken: ADMIN_TOKEN }, world.publisher);
});
afterAll(() => world.stop());

/** The sum of the refunds that were let through, most of them on the day that this file began. */
let refunded = 0;
const today = (): string => new Date().toISOString().slice(0, 10);
const began = today();

const newTask = (): string => `task-${crypto.randomUUID()}`;

async function send(name: string, given: object, txn: string, by: Record<string, unknown> = {}): Promise<Response> {
  const answer = await call(world, {
    method: "POST",
    path: "/shop",
    chain: await chainNow({ 0: { claims: { txn } } }),
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: given } }),
    headers: { "content-type": "application/json" },
    ...by,
  });
  if (name === "refund" && answer.ok) refunded += (given as { amount: number }).amount;
  return answer;
}

const refund = (txn: string, amount?: number): Promise<Response> => send("refund", { amount }, txn);

describe("the memory of a task", () => {
  test("lets exactly ten of 64 concurrent refunds pass, if the limit is ten", async () => {
    const txn = newTask();
    const answers = await Promise.all(Array.from({ length: 64 }, () => refund(txn, 10)));
    const statuses = answers.map(({ status }) => status);
    expect([statuses.filter((each) => each === 200).length, statuses.filter((each) => each === 403).length]).toEqual([
      10, 54,
    ]);
    const records = (await recordsOf(world, txn, 64)) as AuditRecord[];
    const allowed = records.filter(({ outcome }) => outcome === "allowed");
    const before = allowed.map(({ decision }) => decision?.question.request.context["task"] as { refunded: number });
    // Every one was judged by the memory that the one before had left.
    expect(before.map(({ refunded }) => refunded).sort((a, b) => a - b)).toEqual([
      0, 10, 20, 30, 40, 50, 60, 70, 80, 90,
    ]);
    expect(allowed[0]?.decision?.remembers).toEqual({
      task: { add: { refunded: 10, refunds: 1 }, labels: ["paid"] },
      caller: { add: { refunded: 10 }, labels: [] },
    });
  });

  test("has labels, after which a request that was allowed before is denied, in this task alone", async () => {
    const [paid, other] = [newTask(), newTask()];
    expect((await send("order", {}, paid)).status).toBe(200);
    expect((await refund(paid, 1)).status).toBe(200);
    expect(await refusalOf(await send("order", {}, paid))).toMatchObject({ status: 403, rule: "policy_denied" });
    expect((await send("order", {}, other)).status).toBe(200);
  });

  test("does not keep what a refused request added", async () => {
    const txn = newTask();
    // Until the rate of the route is used up: it allows 70 at once, and then one every nine seconds.
    let sent = 1;
    while ((await send("order", {}, txn)).status === 200) sent++;
    expect(await refusalOf(await refund(txn, 10))).toMatchObject({ rule: "rate_limited" });
    const last = (await recordsOf(world, txn, sent + 1)).at(-1) as AuditRecord | undefined;
    expect(last?.decision?.remembers?.task?.add).toEqual({ refunded: 10, refunds: 1 });
    // More than the policies let pass: a look that adds nothing which would have to be taken back too.
    const shown = async (): Promise<unknown> => {
      const { decision } = await refusalOf(await refund(txn, 300));
      const found = ((await recordsOf(world, txn, sent + 2)) as Allowed[]).filter(({ id }) => id === decision);
      return found.map((record) => (record.decision.question.request.context["task"] as Sums).refunded)[0];
    };
    await eventually(shown, (refunded) => refunded === 0);
  });

  test.each<[string, number | undefined, string, string]>([
    ["a number below zero", -1, "memory_unreadable", "`context.tool.arguments.amount`"],
    ["a sum that no reader reads exactly", 9007199254740991, "memory_full", ""],
  ])("refuses %s", async (_, amount, rule, what) => {
    const txn = newTask();
    if (rule === "memory_full") expect((await refund(txn, 1)).status).toBe(200);
    const refusal = await refusalOf(await refund(txn, amount));
    expect(refusal).toMatchObject({ status: 403, rule });
    expect(refusal.description).toContain(what);
  });
});

describe("the memory of a day", () => {
  test("is shared by all tasks of the caller: of 64 concurrent requests exactly as many pass as the limit allows", async () => {
    const chain = (): Promise<string> => chainNow({ 0: { claims: { txn: newTask() } } });
    // What refused requests had reserved is given back after their answers.
    const before = await eventually(spentToday, (sum) => sum === refunded || today() !== began);
    const left = Math.floor((250 - before) / 10);
    const chains = await Promise.all(Array.from({ length: 64 }, chain));
    const answers = await Promise.all(chains.map((each) => send("refund", { amount: 10 }, "", { chain: each })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(left);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(64 - left);
    expect(await spentToday()).toBe(before + left * 10);
  });

  /** As a request is judged that changes nothing. */
  async function spentToday(): Promise<number> {
    const txn = newTask();
    await refund(txn, 300);
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    const { caller } = (record as Allowed).decision.question.request.context["today"] as {
      caller: { refunded: number };
    };
    return caller.refunded;
  }
});
