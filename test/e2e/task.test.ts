/** What a task may do, by its details and its memory: examples/task as it is, and its ledger. */
import { expect, test } from "vitest";
import { task } from "../../examples/task/run.ts";
import { readPolicyCases, readPolicyFiles } from "../../policies/tool/files.ts";
import { testPolicies } from "../../policies/tool/test.ts";

const POLICIES = "examples/task/policies";

test("examples/task/policies: its tests hold, and every policy is tested", async () => {
  const { results, uncovered } = testPolicies(await readPolicyFiles(POLICIES), await readPolicyCases(POLICIES));
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
  expect(uncovered).toEqual([]);
});

test("examples/task: three stories, details that a task does not leave, and a plan", async () => {
  const lines: string[] = [];
  await task((line) => lines.push(line));
  const statusOf = (start: string): string[] =>
    lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length + 2, start.length + 5));
  expect(statusOf('POST /external/postings {"text":"who knows?"}')).toEqual(["200"]);
  expect(statusOf('POST /external/postings {"text":"customer 7 ..."}')).toEqual(["403"]);
  expect(statusOf('POST /orders/18/refunds {"amount":4001}')).toEqual(["403"]);
  expect(statusOf('POST /orders/18/refunds {"amount":4000}')).toEqual(["200"]);
  expect(statusOf('POST /orders/19/refunds {"amount":10000}')).toEqual(Array(9).fill("200"));
  expect(statusOf('POST /orders/20/refunds {"amount":1}')).toEqual(["403"]);
  expect(statusOf("GET /exports/mar")).toEqual(["200"]);
  expect(statusOf("GET /exports/apr")).toEqual(["403", "200"]);
  expect(lines.filter((line) => line.includes("details_uncovered"))).toHaveLength(3);
  const unreadable = lines.find((line) => line.startsWith('POST /orders/17/refunds {"total":1}'));
  expect(unreadable).toContain("400 a value that the route compares with authorization details is missing");
  expect(unreadable).toContain("`body.amount`");
  expect(lines.slice(-2)).toEqual([
    "GET /customers/7: 200",
    "GET /exports/jun: 403 the action is not in the plan of the task (policy_denied)",
  ]);
}, 60_000);
