/** Policies that fail to evaluate: a forbid denies and names itself; a permit is skipped, as in Cedar. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { ADMIN_TOKEN, call, chainNow, recordsOf, refusalOf, startWorld, type World } from "./harness.ts";

const LARGE = `{ type = "long", max = ${Number.MAX_SAFE_INTEGER} }`;
const TOOL = `
order_parts = { action = "orders:read", scopes = ["orders:read"], arguments = { quantity = ${LARGE}, price = ${LARGE} } }
`;
/** The second fails whenever the first does, and permits: it must have no effect. */
const POLICIES = `
@id("no-large-orders")
forbid(principal, action == Action::"orders:read", resource)
when {
  context has tool && context.tool.arguments has quantity && context.tool.arguments has price &&
  context.tool.arguments.quantity * context.tool.arguments.price > 1000
};
@id("reads-small-orders")
permit(principal, action == Action::"orders:read", resource)
when {
  context has tool && context.tool.arguments has quantity && context.tool.arguments.quantity * 9223372036854775807 >= 0
};
`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ withoutPolicies: true, edit: (config) => config.replace("[routes.tools]", `$&${TOOL}`) });
  const files = await readPolicyFiles("policies");
  const policies = {
    ...files,
    cedarText: files.cedarText + POLICIES,
    schemaText: files.schemaText.replace("amount?: decimal", "amount?: decimal, quantity?: Long, price?: Long"),
  };
  await publishPolicies(policies, { gateway: world.url, adminToken: ADMIN_TOKEN }, world.publisher);
});
afterAll(() => world.stop());

const newTask = (): string => `task-${crypto.randomUUID()}`;

async function order(quantity: number, price: number, txn = newTask()): Promise<Response> {
  const params = { name: "order_parts", arguments: { quantity, price } };
  return call(world, {
    method: "POST",
    path: "/mcp",
    chain: await chainNow({ 0: { claims: { txn } } }),
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
  });
}

test("a forbid that can be evaluated decides normally", async () => {
  expect((await order(10, 100)).status).toBe(200);
  expect(await refusalOf(await order(10, 1000))).toMatchObject({ status: 403, rule: "policy_denied" });
});

test("a forbid that overflows denies, and the answer and the ledger name the policy", async () => {
  const txn = newTask();
  const refusal = await refusalOf(await order(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, txn));
  expect(refusal).toMatchObject({ status: 403, error: "access_denied", rule: "policy_failed" });
  expect(refusal.description).toBe("`no-large-orders` failed to evaluate, and forbids (policy_failed)");
  const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
  expect(record).toMatchObject({
    outcome: "denied",
    rule: "policy_failed",
    decision: { policies: ["no-large-orders"], errors: ["no-large-orders", "reads-small-orders"] },
  });
});

test("a permit that overflows permits nothing, and does not affect another", async () => {
  const txn = newTask();
  expect((await order(2, 10, txn)).status).toBe(200);
  const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
  expect(record).toMatchObject({ decision: { policies: ["support-reads-orders"], errors: ["reads-small-orders"] } });
});
