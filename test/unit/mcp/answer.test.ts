/** What a client gets of a server's message. */
import { expect, test } from "vitest";
import { type AnswerTerms, answerFor, failsRequest } from "../../../worker/mcp/answer.ts";

const terms = (changes: Partial<AnswerTerms> = {}): AnswerTerms => ({
  lists: undefined,
  keeps: async (_, element) => element["name"] !== "secret",
  seal: async (kind, value) => `${kind}(${value})`,
  mostTtl: undefined,
  ...changes,
});
const answer = (result: object) => ({ jsonrpc: "2.0", id: 1, result });

test("a message without lists and handles is the same object", async () => {
  for (const message of [
    answer({ content: [{ type: "text", text: "x" }], taskId: "in a tool's own answer" }),
    answer({ tools: [{ name: "secret" }] }),
    { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } },
    { jsonrpc: "2.0", id: 7, method: "tasks/get", params: { taskId: "the client's own" } },
    { jsonrpc: "2.0", id: 1, error: { code: -32602, message: "x" } },
  ])
    expect(await answerFor(message, terms())).toBe(message);
});

test("a list keeps its order, and loses what the client could not call", async () => {
  const tools = [{ name: "b" }, { name: "secret" }, "secret", null, { name: "a" }];
  expect(await answerFor(answer({ tools, nextCursor: "2" }), terms({ lists: "tools" }))).toEqual(
    answer({ tools: [{ name: "b" }, { name: "a" }], nextCursor: "2" }),
  );
});

test("a list is private, and kept no longer than the chain lives", async () => {
  const told = (ttlMs: unknown): Promise<unknown> =>
    answerFor(answer({ tools: [], ttlMs, cacheScope: "public" }), terms({ lists: "tools", mostTtl: 500 }));
  expect(await told(300_000)).toEqual(answer({ tools: [], ttlMs: 500, cacheScope: "private" }));
  expect(await told(100)).toEqual(answer({ tools: [], ttlMs: 100, cacheScope: "private" }));
  expect(await told(undefined)).toEqual(answer({ tools: [], ttlMs: 0, cacheScope: "private" }));
});

test("handles are bound: ids of tasks everywhere, states in answers that ask for input", async () => {
  const related = { "io.modelcontextprotocol/related-task": { taskId: "t" } };
  expect(await answerFor(answer({ resultType: "task", taskId: "t", status: "working" }), terms())).toEqual(
    answer({ resultType: "task", taskId: "task(t)", status: "working" }),
  );
  expect(await answerFor(answer({ task: { taskId: "t" } }), terms())).toEqual(answer({ task: { taskId: "task(t)" } }));
  expect(await answerFor(answer({ _meta: related }), terms())).toEqual(
    answer({ _meta: { "io.modelcontextprotocol/related-task": { taskId: "task(t)" } } }),
  );
  const asked = { jsonrpc: "2.0", id: 7, method: "elicitation/create", params: { _meta: related } };
  expect(await answerFor(asked, terms())).toMatchObject({
    params: { _meta: { "io.modelcontextprotocol/related-task": { taskId: "task(t)" } } },
  });
  const told = { jsonrpc: "2.0", method: "notifications/tasks", params: { taskId: "t" } };
  expect(await answerFor(told, terms())).toMatchObject({ params: { taskId: "task(t)" } });
  expect(await answerFor(answer({ resultType: "input_required", requestState: "s" }), terms())).toEqual(
    answer({ resultType: "input_required", requestState: "state(s)" }),
  );
});

test("the ledger distinguishes a tool and a request that failed from one that succeeded", () => {
  expect(failsRequest(answer({ isError: true }), 1)).toBe(true);
  expect(failsRequest({ id: 1, error: {} }, 1)).toBe(true);
  expect(failsRequest(answer({ content: [] }), 1)).toBe(false);
  expect(failsRequest(answer({ isError: true }), 2)).toBe(false);
});
