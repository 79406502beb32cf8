/** Narrowing and obligations: whatever is put together, the narrowest counts. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { narrow } from "../../worker/gateway/narrow.ts";
import { combineForbids, combinePermits } from "../../worker/gateway/obligations.ts";
import type { Decision } from "../../worker/types.ts";

const permit = (annotations: Record<string, string>) => ({ annotations });
const forbid = permit;

function decision(chainScopes: string[], needed: string[], allowed: string[] | undefined, maxTtl?: number): Decision {
  return {
    chain: {
      scopes: chainScopes,
      expires: 1500,
      presentation: {
        method: "GET",
        route: { audience: "https://a", ttl: 60 },
        operation: { action: "x", scopes: needed },
      },
    },
    obligations: { scopes: allowed, maxTtl },
  } as unknown as Decision;
}

describe("obligations of several permits", () => {
  test("the least @max_ttl", () => {
    expect(combinePermits([permit({ max_ttl: "60" }), permit({}), permit({ max_ttl: "15" })]).maxTtl).toBe(15);
  });
  test("a @max_ttl that is not a number leaves no lifetime", () => {
    expect(combinePermits([permit({ max_ttl: "60" }), permit({ max_ttl: "an hour" })]).maxTtl).toBe(0);
  });
  test("the scopes that every @scope names", () => {
    const permits = [permit({ scope: "a b" }), permit({}), permit({ scope: "b c" })];
    expect(combinePermits(permits).scopes).toEqual(["b"]);
  });
  test("none: nothing is limited", () => {
    expect(combinePermits([permit({}), permit({ id: "x" })])).toEqual({ maxTtl: undefined, scopes: undefined });
  });
  test("another permit never widens", () => {
    const annotation = fc.record(
      { max_ttl: fc.nat(900).map(String), scope: fc.subarray(["a", "b", "c"]).map((tokens) => tokens.join(" ")) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(annotation, { maxLength: 5 }), annotation, (some, one) => {
        const fewer = combinePermits(some.map((each) => permit(each as Record<string, string>)));
        const more = combinePermits([...some, one].map((each) => permit(each as Record<string, string>)));
        expect(more.maxTtl ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(fewer.maxTtl ?? Number.POSITIVE_INFINITY);
        if (fewer.scopes !== undefined) for (const scope of more.scopes ?? []) expect(fewer.scopes).toContain(scope);
      }),
    );
  });
});

describe("challenges of several forbids", () => {
  const stepUp = forbid({ step_up: "mfa", max_age: "300" });
  const approval = forbid({ approval: "managers" });

  test("a forbid without a challenge makes the denial final", () => {
    expect(combineForbids([stepUp, forbid({ reason: "never" })])).toEqual({
      rule: "policy_denied",
      challenge: { reason: "never" },
    });
    expect(combineForbids([]).rule).toBe("policy_denied");
  });
  test("step-up comes before approval, and names the approvers that follow", () => {
    expect(combineForbids([approval, stepUp])).toMatchObject({
      rule: "step_up_required",
      challenge: { acr: "mfa", maxAge: 300, approvers: ["managers"] },
    });
    expect(combineForbids([approval]).rule).toBe("approval_required");
  });
  test("the least @max_age counts, and one that is not a number requires authentication now", () => {
    const older = forbid({ step_up: "mfa", max_age: "900" });
    expect(combineForbids([older, stepUp]).challenge.maxAge).toBe(300);
    expect(combineForbids([stepUp, forbid({ step_up: "mfa", max_age: "a while" })]).challenge.maxAge).toBe(0);
  });
  test("another forbid never turns a final denial into a challenge", () => {
    const annotation = fc.record(
      { step_up: fc.constant("mfa"), approval: fc.constant("managers"), reason: fc.constant("no") },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(annotation, { minLength: 1, maxLength: 4 }), annotation, (some, one) => {
        const fewer = combineForbids(some.map((each) => forbid(each as Record<string, string>)));
        const more = combineForbids([...some, one].map((each) => forbid(each as Record<string, string>)));
        if (fewer.rule === "policy_denied") expect(more.rule).toBe("policy_denied");
      }),
    );
  });
});

describe("the narrowed token", () => {
  test("has the scopes that chain, request and policy share", () => {
    expect(narrow(decision(["a", "b", "c"], ["a", "b"], ["b", "c"]), 1000).scopes).toEqual(["b"]);
    expect(narrow(decision(["a", "b"], ["a"], undefined), 1000).scopes).toEqual(["a"]);
  });
  test("lives as long as route, policy and chain all allow", () => {
    expect(narrow(decision([], [], undefined), 1000).expires).toBe(1060);
    expect(narrow(decision([], [], undefined, 30), 1000).expires).toBe(1030);
    expect(narrow(decision([], [], undefined), 1490).expires).toBe(1500);
  });
});
