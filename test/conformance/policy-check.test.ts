/** What `hopgate policy check` says beside Cedar. */
import { describe, expect, test } from "vitest";
import { checkPolicies } from "../../policies/tool/check.ts";

const warningsOf = (condition: string, effect = "forbid"): string[] =>
  checkPolicies(`\n${effect}(principal, action, resource) when { ${condition} };`)
    .filter(({ severity }) => severity === "warning")
    .map(({ line, message }) => `${line}: ${message}`);

describe("arithmetic over a tool's arguments", () => {
  const warning = expect.stringMatching(/^2: computes with a tool's arguments in a forbid: /);

  test.each([
    "context.tool.arguments.quantity * context.tool.arguments.price > 1000",
    'context has tool && 1000 < context.tool["arguments"].quantity + 1',
    "-context.tool.arguments.amount < 0",
    "if context.approved then false else context.tool.arguments.a - 1 > 2",
  ])("is warned of in a forbid: %s", (condition) => {
    expect(warningsOf(condition)).toEqual([warning]);
  });

  test.each([
    "context.tool.arguments.quantity > 1000",
    "context.depth + 1 > 3",
    'context.tool.arguments.amount.greaterThan(decimal("100.0"))',
  ])("is not seen where there is none: %s", (condition) => {
    expect(warningsOf(condition)).toEqual([]);
  });

  test("is left alone in a permit, which permits nothing when it fails", () => {
    expect(warningsOf("context.tool.arguments.quantity * 2 > 1", "permit")).toEqual([]);
  });
});
