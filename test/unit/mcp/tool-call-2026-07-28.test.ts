/** Calls of tools in revision 2026-07-28. */
import { describe, expect, test } from "vitest";
import type { HopError } from "../../../worker/errors.ts";
import { call, read } from "./calls.ts";

describe("since 2026-07-28", () => {
  const message = (method: string, params: object): string => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const readToday = (text: string) => read(text, "application/json", "2026-07-28");
  const ruleToday = (text: string): string | undefined => {
    try {
      readToday(text);
      return undefined;
    } catch (error) {
      return (error as HopError).rule;
    }
  };

  test("a person's answer to the tool is checked by type, shown to approvers, and covered by the approval", () => {
    const params = { name: "refund", arguments: { order: "17", amount: 1 } };
    const answers = { confirm: { action: "accept", content: { amount: 12.5, free: "x" } } };
    const first = readToday(message("tools/call", params));
    const second = readToday(message("tools/call", { ...params, inputResponses: answers, requestState: "s" }));
    expect(first).not.toHaveProperty("inputs");
    expect(second).toMatchObject({
      inputs: { "confirm.amount": { __extn: { fn: "decimal", arg: "12.5000" } } },
      undeclared: { inputResponses: answers },
    });
    expect(second?.canonical).not.toBe(first?.canonical);
    const declined = { confirm: { action: "decline", content: { amount: 12.5 } } };
    expect(readToday(message("tools/call", { ...params, inputResponses: declined }))).not.toHaveProperty("inputs");
    const wrong = { confirm: { action: "accept", content: { amount: "12.5" } } };
    expect(ruleToday(message("tools/call", { ...params, inputResponses: wrong }))).toBe("tool_argument");
    const twin = { confirm: { action: "accept", content: { amount: 1, Amount: 9999 } } };
    expect(ruleToday(message("tools/call", { ...params, inputResponses: twin }))).toBe("message_unreadable");
  });

  test("subscriptions to lists belong to the session; those to resources are decided like reading them", () => {
    expect(readToday(message("subscriptions/listen", { notifications: { toolsListChanged: true } }))).toMatchObject({
      name: "subscriptions/listen",
      arguments: {},
    });
    const resources = { notifications: { resourceSubscriptions: ["a://1", "a://2"] } };
    expect(readToday(message("subscriptions/listen", resources))).toMatchObject({
      action: "orders:read",
      arguments: { resourceSubscriptions: ["a://1", "a://2"] },
    });
    const undeclared = (params: object) =>
      read(message("subscriptions/listen", params), "application/json", "2026-07-28", { tools: {}, requests: {} });
    expect(undeclared({ notifications: { toolsListChanged: true, taskIds: ["t"] } })).toBeUndefined();
    expect(() => undeclared(resources)).toThrow("method_unknown");
    expect(() => undeclared({ notifications: { other: true } })).toThrow("method_unknown");
  });

  test.each([
    ["server/discover", undefined],
    ["tools/list", undefined],
    ["tasks/get", undefined],
    ["tasks/cancel", undefined],
    ["tasks/update", "method_unknown"],
    ["tasks/result", "method_unknown"],
    ["tasks/list", "method_unknown"],
    ["initialize", "method_unknown"],
    ["ping", "method_unknown"],
    ["logging/setLevel", "method_unknown"],
    ["resources/subscribe", "method_unknown"],
    ["completion/complete", "method_unknown"],
    ["Tools/List", "method_unknown"],
  ])("%s", (method, rule) => {
    expect(ruleToday(message(method, {}))).toBe(rule);
  });

  test("a call without an id is refused, because its headers would not show that", () => {
    expect(ruleToday(call("list", {}).replace('"id":1,', ""))).toBe("message_unreadable");
    expect(ruleToday('{"jsonrpc":"2.0","method":"notifications/unheard_of"}')).toBe("method_unknown");
  });
});
