/** The gateway's decision where policies fail to evaluate, beside Cedar's, which skips them. */
import { expect, test } from "vitest";
import { compilePolicies } from "../../policies/tool/compile.ts";
import { judge } from "../../worker/policy/evaluate.ts";
import { decisionOf, determiningOf } from "../../worker/policy/fail-closed.ts";

const CALL = {
  principal: { type: "User", id: "ann" },
  action: { type: "Action", id: "read" },
  resource: { type: "Doc", id: "d" },
  context: { n: 9007199254740991, text: "no address" },
};
const PERMIT = '@id("all") permit(principal, action, resource);';

/** The gateway's decision and the policies that it rests on. */
function decide(policies: string): [string, string[]] {
  const judgement = judge(compilePolicies(policies), CALL, []);
  return [decisionOf(judgement), determiningOf(judgement).map(({ id, annotations }) => annotations["id"] ?? id)];
}

test.each([
  ["overflows", "context.n * context.n > 1000"],
  ["names an attribute that is missing", "context.missing"],
  ["hands an extension function what it cannot read", "ip(context.text).isLoopback()"],
  ["hands an extension function too many arguments", 'ip("10.0.0.1").isIpv4(1)'],
])("a forbid that %s denies", (_, condition) => {
  const forbid = `@id("guard") forbid(principal, action, resource) when { ${condition} };`;
  expect(decide(PERMIT + forbid)).toEqual(["deny", ["guard"]]);
  expect(judge(compilePolicies(PERMIT + forbid), CALL, []).decision).toBe("allow");
});

test("a forbid that fails for other requests does not affect this one", () => {
  const forbid = 'forbid(principal == User::"bob", action, resource) when { context.missing };';
  expect(decide(PERMIT + forbid)).toEqual(["allow", ["all"]]);
});

test("a permit that fails permits nothing, and other permits still count", () => {
  const failing = '@id("broken") permit(principal, action, resource) when { context.missing };';
  expect(decide(failing)).toEqual(["deny", []]);
  expect(decide(PERMIT + failing)).toEqual(["allow", ["all"]]);
});
