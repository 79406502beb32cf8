/**
 * The plan of a task over HTTP: who may state it, what policies and upstreams see of it, and operations that need one.
 */
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST } from "../vectors/craft.ts";
import { call, chainNow, recordsOf, refusalOf, seenBy, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

const plan = [{ action: "orders:read", actor: CAST.service }];
const newTask = (): string => `task-${crypto.randomUUID()}`;
const chainOf = (txn: string, tctx: object | undefined, hops = {}): Promise<string> =>
  chainNow({ ...hops, 0: { claims: { txn, tctx } } });

describe("a plan", () => {
  test("that the root's issuer states is in the policies' question, and in the token with who stated it", async () => {
    const txn = newTask();
    const seen = await seenBy(await call(world, { chain: await chainOf(txn, { purpose: "customer-support", plan }) }));
    const by = { iss: CAST.issuer, sub: CAST.issuer };
    expect(decodeJwt(String(seen.headers["authorization"]).slice(7))).toMatchObject({ tctx: { plan }, plan_by: by });
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record?.decision?.question.request.context["task"]).toMatchObject({
      planned: true,
      plannedBy: { authority: CAST.issuer, name: CAST.issuer },
    });
  });

  test("of a later hop is refused if the root states another plan, or a context without a plan", async () => {
    const wider = { 1: { claims: { tctx: { plan: [...plan, { action: "refunds:write" }] } } } };
    for (const stated of [{ plan }, { purpose: "customer-support" }]) {
      const refusal = await refusalOf(await call(world, { chain: await chainOf(newTask(), stated, wider) }));
      expect(refusal).toMatchObject({ status: 401, rule: "task_context_changed" });
    }
  });

  test("that a delegator introduces is recorded as stated by the delegator, not by an issuer", async () => {
    const txn = newTask();
    const chain = await chainOf(txn, undefined, { 2: { claims: { tctx: { plan } } } });
    // Acme's policies take a purpose of the issuer alone: what they were asked is on record with the denial.
    expect((await call(world, { chain })).status).toBe(403);
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record?.decision?.question.request.context["task"]).toMatchObject({
      planned: true,
      plannedBy: { authority: "spiffe://acme.example", name: CAST.agent },
    });
  });
});

test.each([
  ["no plan", { purpose: "customer-support" }, "plan_required"],
  ["a plan of an unknown form", { purpose: "customer-support", plan: { steps: plan } }, "plan_unknown"],
])("an operation that requires a plan refuses a task with %s", async (_, tctx, rule) => {
  const refusal = await refusalOf(
    await call(world, { method: "POST", path: "/planned/17", chain: await chainOf(newTask(), tctx) }),
  );
  expect(refusal).toMatchObject({ status: 403, error: "access_denied", rule });
});
