/** The plan of a task (`tctx.plan`): its form, who states it, what is in it, and operations that ask for one. */
import { describe, expect, test } from "vitest";
import type { ChainHop } from "../../wasm/core.ts";
import { isPlanned, planOf, stepsIn } from "../../worker/chain/plan.ts";
import { readRoot } from "../../worker/chain/root.ts";
import type { Actor, Plan } from "../../worker/chain/types.ts";
import type { Issuer } from "../../worker/config.ts";
import { planContext, requirePlan } from "../../worker/gateway/plan.ts";
import type { VerifiedChain } from "../../worker/types.ts";

const IDP = "https://idp.acme.example";
const GATEWAY = "https://gateway.acme.example";
const issuer = { issuer: IDP, speaks_for: [], claims: {}, policy_claims: {} } as unknown as Issuer;
const actor = (sub: string, proof: Actor["proof"] = "registered"): Actor => ({
  iss: "https://app.example",
  sub,
  proof,
});
const [APP, AGENT, SERVICE] = ["https://app.example", "https://app.example/agent", "https://app.example/service"].map(
  (name) => actor(name),
) as [Actor, Actor, Actor];

const hop = (claims: object): ChainHop => ({ claims, scopes: [] }) as unknown as ChainHop;
const read = (contexts: readonly (object | undefined)[], own?: object): Plan | undefined => {
  const hops = contexts.map((tctx, index) =>
    hop({ ...(index === 0 && { iss: IDP, sub: "alice", ...own }), ...(tctx && { tctx }) }),
  ) as [ChainHop];
  return planOf(hops, readRoot(hops[0].claims, own ? undefined : issuer, GATEWAY), [APP, AGENT, SERVICE]);
};
const steps = [{ action: "orders:read" }];

describe("the party that states a plan is", () => {
  test("the issuer of the root, if the root has the context", () => {
    expect(read([{ plan: steps }, undefined, { plan: steps }])).toEqual({ steps, by: { iss: IDP, sub: IDP } });
  });
  test("the delegator that introduces the context, if the root has none", () => {
    expect(read([undefined, undefined, { plan: steps }])?.by).toEqual({ iss: APP.iss, sub: AGENT.sub });
  });
  test("no later one: a context without a plan has no plan", () => {
    expect(read([{ purpose: "x" }, undefined, { purpose: "x", plan: steps }])).toBeUndefined();
  });
  test("the one that a token of the gateway names, never the gateway itself", () => {
    const party = { iss: "https://other.example", sub: "planner" };
    const own = { sub_id: { iss: IDP, sub: "alice" }, act_proof: ["registered"], txn_by: party, txn_began: 1 };
    expect(read([{ plan: steps }], { ...own, plan_by: party })?.by).toEqual(party);
    expect(() => read([{ plan: steps }], own)).toThrow("plan_by");
  });
});

describe("the form of a plan", () => {
  const sixtyFive = Array.from({ length: 65 }, () => ({ action: "a" }));
  test.each<[string, unknown]>([
    ["a text", "orders:read"],
    ["an object", { action: "orders:read" }],
    ["a list of texts", ["orders:read"]],
    ["a step with a member that nobody knows", [{ action: "orders:read", until: 1 }]],
    ["a step with a member of the prototype", JSON.parse('[{"action":"orders:read","__proto__":{}}]')],
    ["a step without an action", [{ actor: "a" }]],
    ["an action that is no text", [{ action: 1 }]],
    ["an action of 257 characters", [{ action: "a".repeat(257) }]],
    ["an actor of 1,025 characters", [{ action: "a", actor: "a".repeat(1025) }]],
    ["65 steps", sixtyFive],
    ["null", null],
  ])("is not %s, and a plan like that contains no action", (_, plan) => {
    expect(stepsIn(plan)).toBeUndefined();
    const unknown = read([{ plan }]) as Plan;
    expect(unknown.steps).toBeUndefined();
    expect(isPlanned(unknown, "orders:read", [APP])).toBe(false);
  });
  test("is a list of up to 64 steps, or of none", () => {
    expect(stepsIn(sixtyFive.slice(1))).toHaveLength(64);
    expect(stepsIn([])).toEqual([]);
  });
});

describe("an action is in the plan", () => {
  const plan = (...of: NonNullable<Plan["steps"]>): Plan => ({ steps: of, by: APP });
  test("for everyone, if the step names no actor", () => {
    expect(isPlanned(plan({ action: "orders:read" }), "orders:read", [APP, AGENT])).toBe(true);
    expect(isPlanned(plan({ action: "orders:read" }), "orders:write", [APP, AGENT])).toBe(false);
  });
  test("for the caller that it names, and for no actor above", () => {
    const forAgent = plan({ action: "orders:read", actor: AGENT.sub });
    expect(isPlanned(forAgent, "orders:read", [APP, AGENT])).toBe(true);
    expect(isPlanned(forAgent, "orders:read", [APP, AGENT, SERVICE])).toBe(false);
  });
  test("for the caller's child, and for no told name", () => {
    const forAgent = plan({ action: "orders:read", actor: AGENT.sub });
    expect(isPlanned(forAgent, "orders:read", [APP, AGENT, actor(`${AGENT.sub}/1`, "child")])).toBe(true);
    expect(isPlanned(forAgent, "orders:read", [APP, AGENT, actor(AGENT.sub, "told")])).toBe(false);
  });
});

describe("an operation that requires a plan", () => {
  const chain = (plan: Plan | undefined, required = true): VerifiedChain =>
    ({
      plan,
      actors: [APP],
      presentation: { operation: { action: "a", ...(required && { plan: "required" }) } },
    }) as unknown as VerifiedChain;
  test("refuses a task without one, and one of an unknown form", () => {
    expect(() => requirePlan(chain(undefined))).toThrow(expect.objectContaining({ rule: "plan_required" }));
    const unknown = chain({ steps: undefined, by: APP });
    expect(() => requirePlan(unknown)).toThrow(expect.objectContaining({ rule: "plan_unknown" }));
  });
  test("leaves the content of the plan to policies", () => {
    expect(() => requirePlan(chain({ steps: [], by: APP }))).not.toThrow();
    expect(planContext(chain({ steps: [], by: APP }), "a")).toMatchObject({ planned: false });
  });
  test("does not affect others: policies see no plan if there is none", () => {
    expect(() => requirePlan(chain(undefined, false))).not.toThrow();
    expect(planContext(chain(undefined), "a")).toEqual({});
  });
});
