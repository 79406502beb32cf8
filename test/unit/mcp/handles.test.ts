/** Handles are good for the party and the task that they were given to, and for nobody else. */
import { describe, expect, test } from "vitest";
import { createHandles, type Owner } from "../../../worker/mcp/handle.ts";
import { APPROVAL_QUESTION, callText, withOwnHandles } from "../../../worker/mcp/inbound.ts";
import { readMessage } from "../../../worker/mcp/json-rpc.ts";
import type { Spoken } from "../../../worker/presentation.ts";
import { deriveKey } from "../../../worker/trust/derived-key.ts";

const [key, next] = [await deriveKey("one", "mcp handles"), await deriveKey("two", "mcp handles")];
const handles = createHandles([key]);
const alice: Owner = {
  route: "tools",
  subject: { iss: "https://idp", sub: "alice" },
  caller: { iss: "spiffe://acme", sub: "spiffe://acme/agent" },
  task: "task-1",
};

test("a handle opens for its owner to the value that the server gave", async () => {
  const sealed = await handles.seal("session", "a.b~c", alice);
  expect(sealed).toMatch(/^[\x21-\x7e]+$/);
  expect(await handles.open("session", sealed, alice)).toBe("a.b~c");
});

test("handles survive a key rotation for as long as the previous key is published", async () => {
  const sealed = await handles.seal("task", "t", alice);
  expect(await createHandles([next, key]).open("task", sealed, alice)).toBe("t");
  expect(await createHandles([next]).open("task", sealed, alice)).toBeUndefined();
});

describe("is another's:", async () => {
  const sealed = await handles.seal("state", "s", alice, "call");
  test.each<[string, Parameters<typeof handles.open>]>([
    ["of another person", ["state", sealed, { ...alice, subject: { iss: "https://idp", sub: "bob" } }, "call"]],
    [
      "of a person of that name elsewhere",
      ["state", sealed, { ...alice, subject: { iss: "https://x", sub: "alice" } }, "call"],
    ],
    ["of another agent", ["state", sealed, { ...alice, caller: { iss: "spiffe://acme", sub: "x" } }, "call"]],
    ["of another task", ["state", sealed, { ...alice, task: "task-2" }, "call"]],
    ["of another route", ["state", sealed, { ...alice, route: "other" }, "call"]],
    ["of another kind", ["task", sealed, alice, "call"]],
    ["for another call", ["state", sealed, alice, "other"]],
    ["changed", ["state", `${sealed}x`, alice, "call"]],
    ["the server's own, unsealed", ["state", "s", alice, "call"]],
    [
      "in another spelling of base64url",
      ["state", `${sealed.slice(0, 42)}${sealed[42] === "B" ? "C" : "B"}.s`, alice, "call"],
    ],
  ])("%s", async (_, [kind, text, owner, of]) => {
    expect(await handles.open(kind, text, owner, of)).toBeUndefined();
  });
});

describe("in messages", () => {
  const spoken = (method: string, params: object): Spoken => ({
    message: readMessage(
      new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })),
      "application/json",
    ),
    revision: "2026-07-28",
  });
  const paramsOf = async (asked: Spoken): Promise<unknown> =>
    (await withOwnHandles(asked, alice, handles)).message.params;

  test("a message without handles is the same object", async () => {
    const asked = spoken("tools/call", { name: "x", arguments: { taskId: "t" } });
    expect(await withOwnHandles(asked, alice, handles)).toBe(asked);
  });

  test("the server gets its own handles: tasks, subscriptions, related tasks", async () => {
    const taskId = await handles.seal("task", "t", alice);
    expect(await paramsOf(spoken("tasks/get", { taskId }))).toEqual({ taskId: "t" });
    expect(await paramsOf(spoken("subscriptions/listen", { notifications: { taskIds: [taskId] } }))).toEqual({
      notifications: { taskIds: ["t"] },
    });
    const related = { "io.modelcontextprotocol/related-task": { taskId } };
    expect(await paramsOf(spoken("notifications/progress", { _meta: related }))).toEqual({
      _meta: { "io.modelcontextprotocol/related-task": { taskId: "t" } },
    });
  });

  test.each<[string, object]>([
    ["tasks/get", { taskId: "t" }],
    ["tasks/get", {}],
    ["tasks/cancel", { taskId: 7 }],
    ["subscriptions/listen", { notifications: { taskIds: ["t"] } }],
    ["subscriptions/listen", { notifications: { taskIds: "t" } }],
    ["tools/call", { name: "x", requestState: "s" }],
    ["tools/call", { name: "x", requestState: null }],
  ])("%s with %j is refused", async (method, params) => {
    await expect(paramsOf(spoken(method, params))).rejects.toThrow("handle_foreign");
  });

  test("a state is valid only for the call that was answered with it", async () => {
    const call = { name: "x", arguments: { a: 1 } };
    const requestState = await handles.seal("state", "s", alice, callText(spoken("tools/call", call).message));
    const inputResponses = { q: { action: "accept" } };
    expect(await paramsOf(spoken("tools/call", { ...call, inputResponses, requestState }))).toEqual({
      ...call,
      inputResponses,
      requestState: "s",
    });
    const other = { ...call, arguments: { a: 2 }, requestState };
    await expect(paramsOf(spoken("tools/call", other))).rejects.toThrow("handle_foreign");
  });

  test("after an approval the request is unchanged, without the gateway's own question", async () => {
    const call = { name: "x", arguments: { a: 1 } };
    const aside = { requestState: "s", inputResponses: { q: { action: "accept" } } };
    const of = callText(spoken("tools/call", call).message);
    const requestState = await handles.seal("approval", JSON.stringify(aside), alice, of);
    const retry = (action: string): Spoken =>
      spoken("tools/call", { ...call, requestState, inputResponses: { [APPROVAL_QUESTION]: { action } } });
    expect(await withOwnHandles(retry("accept"), alice, handles)).toMatchObject({
      message: { params: { ...call, ...aside } },
      declined: false,
    });
    expect(await withOwnHandles(retry("decline"), alice, handles)).toMatchObject({ declined: true });
  });
});
