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
  ])("gives a warning in a forbid: %s", (condition) => {
    expect(warningsOf(condition)).toEqual([warning]);
  });

  test.each([
    "context.tool.arguments.quantity > 1000",
    "context.depth + 1 > 3",
    'context.tool.arguments.amount.greaterThan(decimal("100.0"))',
  ])("gives no warning without any: %s", (condition) => {
    expect(warningsOf(condition)).toEqual([]);
  });

  test("gives no warning in a permit, which permits nothing if it fails", () => {
    expect(warningsOf("context.tool.arguments.quantity * 2 > 1", "permit")).toEqual([]);
  });
});

describe("what permits remember must have the types of the schema", () => {
  const schema = `
entity Workload;
entity Route;
type Chain = {
  task: { id: String, labels: Set<String>, refunded: Long, note: String },
  today: { caller: { refunded: Long } },
  details?: { amount?: Long, order: String },
};
action "pay" appliesTo { principal: Workload, resource: Route, context: Chain };
`;
  const permit = (annotation: string, condition = "context has details && context.details has amount"): string =>
    `${annotation}\npermit (principal, action == Action::"pay", resource) when { ${condition} };`;

  test.each([
    '@add("refunded: context.details.amount")',
    '@add("refunded: context.details.amount, today.caller.refunded: context.details.amount")',
    '@count("refunded, today.caller.refunded")',
    '@label("paid twice")',
  ])("%s has", (annotation) => {
    expect(checkPolicies(permit(annotation), schema)).toEqual([]);
  });

  test.each<[string, string, string?]>([
    ['@add("refunded: context.details.amount")', "optional attribute", "true"],
    ['@add("refunded: context.details.order")', "String"],
    ['@add("refunded: context.nothing.amount")', "`nothing`"],
    ['@add("unheard: context.details.amount")', "`task.unheard`"],
    ['@add("today.subject.refunded: context.details.amount")', "`today.subject`"],
    ['@count("note")', "String"],
    ['@add("refunded")', "must be a name and a path"],
    ['@count("labels")', "must name a sum"],
    ['@label("Paid")', "must be labels in lower case"],
  ])("%s has not: %s", (annotation, why, condition) => {
    expect(checkPolicies(permit(annotation, condition), schema)).toEqual([
      expect.objectContaining({ severity: "error", line: 1, column: 1, message: expect.stringContaining(why) }),
    ]);
  });

  test("and is accepted only on permits, as @end_task only on forbids", () => {
    const forbid = '@count("refunded")\nforbid (principal, action, resource);';
    expect(checkPolicies(forbid)).toMatchObject([{ message: "`@count` has no effect on a forbid" }]);
    const ends = '@end_task("why")\npermit (principal, action, resource);';
    expect(checkPolicies(ends)).toMatchObject([{ message: "`@end_task` has no effect on a permit" }]);
  });
});
