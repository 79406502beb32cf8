/** What the registry says of workloads, and actors without an owner. */
import { describe, expect, test } from "vitest";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { rootOf, toAgent, toService, withHop } from "../chains.ts";
import { call, recordsOf, refusalOf } from "../harness.ts";
import { ask, chain, describeWorkload, plain, world } from "./given.ts";

export function testRegistry(): void {
  describe("the registration of the caller", () => {
    test("reaches the policies as attributes of the principal, in addition to the groups of the published set", async () => {
      await describeWorkload(CAST.service, { environment: "staging", type: "service" });
      expect(await refusalOf(await ask(await chain()))).toMatchObject({
        rule: "policy_denied",
        description: "not from staging (policy_denied)",
      });
      await describeWorkload(CAST.service, { environment: "production", type: "service" });
      expect((await ask(await chain())).status).toBe(200);
      await describeWorkload(CAST.service, { type: "job", owner: "somebody else" });
      expect((await refusalOf(await ask(await chain()))).description).toContain("another owner");
      await plain(CAST.service);
    });

    test("is in the ledger with the question to the policies", async () => {
      await describeWorkload(CAST.service, {
        environment: "production",
        type: "service",
        expires: "2099-01-01T00:00:00Z",
      });
      const txn = `task-${crypto.randomUUID()}`;
      expect((await ask(await chain({ txn }))).status).toBe(200);
      const [record] = await recordsOf(world, txn, 1);
      expect(record).toMatchObject({
        decision: {
          question: {
            entities: [
              { uid: { type: "Route", id: "orders" } },
              {
                uid: { type: "Workload", id: CAST.service },
                attrs: {
                  owner: "tests",
                  purpose: "tests",
                  environment: "production",
                  type: "service",
                  expires: { __extn: { fn: "datetime", arg: "2099-01-01T00:00:00.000Z" } },
                },
              },
            ],
            request: { context: { unowned: [] } },
          },
        },
      });
      await plain(CAST.service);
    });
  });

  describe("an actor without an owner", () => {
    const stranger = { from: CAST.agent, by: "agent", to: "spiffe://elsewhere.example/worker", key: "service" };
    const withStranger = async (): Promise<string> => withHop(await withHop(await rootOf(), toAgent), stranger);
    const child = { ...stranger, to: `${CAST.agent}/run-1` };

    test("is refused with its hop if the route requires owners, and passes if it does not", async () => {
      expect(await refusalOf(await ask(await withStranger(), "/owned/17"))).toMatchObject({
        status: 403,
        rule: "actor_unowned",
        description:
          "hop 2: the registry names no owner of an actor, and the route requires one (`sub`, actor_unowned)",
      });
      const { rule } = await refusalOf(await ask(await withStranger(), "/told/17"));
      expect(rule).toBe("policy_denied");
      expect((await ask(await chain(), "/owned/17")).status).toBe(200);
    });

    test("does not get an owner from its delegator: a told name has none", async () => {
      // The name is registered, with another key than the hop carries.
      const borrowed = { ...stranger, to: CAST.service, key: "nightly" };
      const text = await withHop(await withHop(await rootOf(), toAgent), borrowed);
      const answer = await call(world, { chain: text, path: "/owned/17", key: await keyNamed("nightly") });
      expect(await refusalOf(answer)).toMatchObject({ rule: "actor_unowned" });
    });

    test("may not do anything that its delegator's owner has taken from the delegator", async () => {
      await describeWorkload(CAST.agent, { actions: ["refunds:write"] });
      expect(await refusalOf(await ask(await withStranger(), "/told/17"))).toMatchObject({ rule: "action_narrowed" });
      await plain(CAST.agent);
    });

    test("is not a child of an actor that has an owner", async () => {
      const text = await withHop(await withHop(await rootOf(), toAgent), child);
      // Nothing permits the child; what counts is that it is not refused before the policies.
      expect(await refusalOf(await ask(text, "/owned/17"))).toMatchObject({ rule: "policy_denied" });
    });

    test("is visible to the policies", async () => {
      // Known by its issuer's word alone, and in no registry.
      const text = await chain();
      expect((await ask(text, "/orders/secret")).status).toBe(200);
      const own = await rootOf({ claims: { client_id: "portal" } });
      const through = await withHop(own, { ...toAgent, from: "portal" });
      const refused = await ask(await withHop(through, toService), "/orders/secret");
      expect((await refusalOf(refused)).description).toContain("somebody in the chain has no owner");
    });
  });
}
