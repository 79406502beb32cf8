/** What could be allowed when not everything is known. */
import { describe, expect, test } from "vitest";
import { compilePolicies } from "../../policies/tool/compile.ts";
import { couldAllow, partlyKnown } from "../../worker/policy/could.ts";
import { authorize } from "../../worker/policy/evaluate.ts";

const PERMIT = "permit (principal, action, resource)";

function could(cedar: string, tool: object = partlyKnown({ name: "refund" }), helps = () => false): boolean {
  const request = {
    principal: { type: "Workload", id: "w" },
    action: { type: "Action", id: "a" },
    resource: { type: "Route", id: "r" },
    context: { tool: { name: "refund", arguments: tool }, depth: 1 },
  };
  return couldAllow(compilePolicies(cedar), request, [], [], helps);
}

describe("could be allowed:", () => {
  test.each([
    ["whatever the arguments are", `${PERMIT};`],
    ["some amounts", `${PERMIT} when { context.tool.arguments.amount < 100 };`],
    ["if an argument is present", `${PERMIT} when { context.tool.arguments has amount };`],
    ["what one of two may be", `${PERMIT} when { context.depth > 1 || context.tool.arguments.amount < 100 };`],
    [
      "what a forbid may not be about",
      `${PERMIT}; forbid (principal, action, resource) when { context.tool.arguments.amount > 1 };`,
    ],
    ["one of two ways", `${PERMIT} when { if context.tool.arguments.rush then context.depth == 1 else false };`],
    ["what is compared as a whole", `${PERMIT} when { context.tool.arguments == { amount: 1 } };`],
  ])("%s", (_, cedar) => {
    expect(could(cedar)).toBe(true);
  });
});

describe("could not be allowed, whatever the arguments are:", () => {
  const forbid = (when: string): string => `${PERMIT}; forbid (principal, action, resource) when { ${when} };`;
  test.each([
    ["what nothing permits", `forbid (principal, action, resource);`],
    [
      "what something else decides first",
      `${PERMIT} when { context.depth > 1 && context.tool.arguments.amount < 100 };`,
    ],
    [
      "what something else decides last",
      `${PERMIT} when { context.tool.arguments.amount < 100 && context.depth > 1 };`,
    ],
    ["what is forbidden in any case", forbid("context.tool.arguments.amount > 1 || context.depth == 1")],
    ["what is forbidden for the rest", forbid("context.depth == 1")],
    ["what a forbid fails on", forbid("context.missing > 1")],
    ["another tool's permit", `${PERMIT} when { context.tool.name == "other" && context.tool.arguments.amount < 1 };`],
  ])("%s", (_, cedar) => {
    expect(could(cedar)).toBe(false);
  });
});

test("the known arguments decide", () => {
  const cedar = `${PERMIT} when { context.tool.arguments.uri like "public://*" && context.tool.arguments.depth < 3 };`;
  expect(could(cedar, partlyKnown({ uri: "public://a" }))).toBe(true);
  expect(could(cedar, partlyKnown({ uri: "secret://a" }))).toBe(false);
});

test("a forbid that can be overridden does not rule a request out", () => {
  const cedar = `${PERMIT}; forbid (principal, action, resource) when { context.depth == 1 };`;
  expect(could(cedar, partlyKnown({}), () => true)).toBe(true);
});

test("no JSON text can contain the mark of an unknown value", () => {
  const compiled = compilePolicies(`${PERMIT} when { context.tool has amount };`);
  const context = { tool: JSON.parse('{"Symbol(unknown rest)":true,"unknown rest":true}') as object };
  const ask = { type: "x", id: "x" };
  expect(authorize(compiled, { principal: ask, action: ask, resource: ask, context }, []).decision).toBe("deny");
});
