/** Who states the purpose of a task. */
import { describe, expect, test } from "vitest";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { nameOf, rootOf, toAgent, withHop } from "../chains.ts";
import { call, ledgerOf, refusalOf, taskOf } from "../harness.ts";
import { PEOPLE, world } from "./given.ts";

export function testPurposes(): void {
  describe("the purpose that the root or its issuer states", () => {
    const person = { iss: PEOPLE, email: "olga@acme.example", client_id: CAST.app, txn: undefined };
    const withPurpose = async (root: Record<string, unknown>, tctx: Record<string, unknown> | undefined) =>
      withHop(await rootOf({ claims: { ...person, tctx: undefined, ...root } }), {
        ...toAgent,
        claims: { scope: "orders:read", ...(tctx && { tctx }) },
      });
    const key = () => keyNamed("agent");
    test("is not replaced by another one that a delegator states", async () => {
      const chain = await withPurpose({ reason: "marketing/statistics" }, { purpose: "customer-support/refund" });
      const refusal = await refusalOf(await call(world, { chain, key: await key() }));
      expect(refusal.description).toContain("hop 1: ");
      expect(refusal.description).toContain("task_context_changed");
    });
    test("may be narrowed", async () => {
      const chain = await withPurpose({ reason: "customer-support" }, { purpose: "customer-support/refund" });
      await call(world, { chain, key: await key() });
      const [entry] = await ledgerOf(world, taskOf(`root:${nameOf(chain, 0)}`, PEOPLE), 1);
      expect(JSON.parse(entry?.record as string).chain).toMatchObject({
        purpose: "customer-support/refund",
        purposeBy: { iss: PEOPLE, sub: PEOPLE },
      });
    });
    test("is shown to policies with the party that states it", async () => {
      const chain = await withPurpose({}, { purpose: "customer-support/refund" });
      await call(world, { chain, key: await key() });
      const [entry] = await ledgerOf(world, taskOf(`root:${nameOf(chain, 0)}`, PEOPLE), 1);
      expect(JSON.parse(entry?.record as string).decision.question.request.context).toMatchObject({
        purpose: "customer-support/refund",
        purposeBy: { authority: CAST.app, name: CAST.app },
      });
    });
  });
}
