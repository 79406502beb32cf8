/** Calls of tools: what is judged is what every reader reads. */
import { describe, expect, test } from "vitest";
import type { Tool } from "../../../worker/config.ts";
import type { HopError } from "../../../worker/errors.ts";
import { call, read, ruleOf } from "./calls.ts";

test("a call is the tool's action, with its declared arguments in Cedar's form", () => {
  expect(read(call("refund", { order: "17", amount: 49.9, rush: true, note: "unseen" }))).toEqual({
    name: "refund",
    action: "refunds:write",
    scopes: ["refunds:write"],
    arguments: { order: "17", amount: { __extn: { fn: "decimal", arg: "49.9000" } }, rush: true },
    undeclared: { note: "unseen" },
    canonical:
      '{"name":"refund","params":{"arguments":{"amount":49.9,"note":"unseen","order":"17","rush":true},"name":"refund"}}',
  });
});

test("a declared request is decided like a tool, without members that change with each retry", () => {
  const params = { uri: "orders://17", _meta: { progressToken: 3 } };
  expect(read(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "resources/read", params }))).toEqual({
    name: "resources/read",
    action: "orders:read",
    scopes: ["orders:read"],
    arguments: { uri: "orders://17" },
    undeclared: {},
    canonical: '{"name":"resources/read","params":{"uri":"orders://17"}}',
  });
});

test("an approval covers everything that reaches the tool, except the progress token", () => {
  const canonicalOf = (params: object): string | undefined =>
    read(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }))?.canonical;
  const plain = canonicalOf({ name: "list", arguments: {} });
  expect(canonicalOf({ name: "list", arguments: {}, _meta: { progressToken: 7 } })).toBe(plain);
  expect(canonicalOf({ name: "list", arguments: {}, _meta: { "acme/dry-run": false } })).not.toBe(plain);
  expect(canonicalOf({ name: "list", arguments: {}, task: { ttl: 60 } })).not.toBe(plain);
});

describe("numbers that parsers could read differently are refused:", () => {
  test.each([
    "12345678901234567890",
    "9007199254740993",
    "-9007199254740992",
    "0.1234567890123456789",
    "1e-400",
    "-0",
    "1e21",
  ])("%s", (number) => {
    expect(ruleOf(call("list", {}).replace("{}}", `{"a":${number}}}`))).toBe("number_inexact");
  });
  test.each(["9007199254740991", "-1", "0", "0.1", "49.90", "1.25e1", "1E2", "5e-324"])(
    "%s is read the same way by all",
    (number) => {
      expect(ruleOf(call("list", {}).replace("{}}", `{"a":${number}}}`))).toBeUndefined();
    },
  );
});

describe("whole numbers stay within bounds, so that a policy may multiply two of them:", () => {
  const tools: Record<string, Tool> = {
    buy: {
      action: "x",
      scopes: [],
      arguments: { count: "long", cents: { type: "long?", min: 0, max: 2 ** 40 } },
      inputs: {},
    },
  };
  const ruleFor = (given: object): string | undefined => {
    try {
      read(call("buy", given), "application/json", "2025-11-25", { tools, requests: {} });
      return undefined;
    } catch (error) {
      return (error as HopError).rule;
    }
  };
  test.each<[object, string | undefined]>([
    [{ count: 2 ** 31 - 1 }, undefined],
    [{ count: 2 ** 31 }, "tool_argument"],
    [{ count: -(2 ** 31) }, undefined],
    [{ count: 1, cents: 2 ** 40 }, undefined],
    [{ count: 1, cents: 2 ** 40 + 1 }, "tool_argument"],
    [{ count: 1, cents: -1 }, "tool_argument"],
  ])("%j", (given, rule) => {
    expect(ruleFor(given)).toBe(rule);
  });
});

test("names are found in one pass over the text, also with escaped quotes", () => {
  // At 635c9bf this took minutes.
  const text = call("list", { a: '"'.repeat(500_000) });
  expect(read(text)).toMatchObject({ name: "list" });
  expect(ruleOf(text.replace('"a"', '"b":1,"b"'))).toBe("message_unreadable");
});

test.each([
  ["a list of tools", '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'],
  ["initialize", '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"arguments":{}}}'],
  ["a notification", '{"jsonrpc":"2.0","method":"notifications/initialized"}'],
  ["an answer", '{"jsonrpc":"2.0","id":1,"result":{"roots":[]}}'],
])("%s belongs to the session", (_, text) => {
  expect(read(text)).toBeUndefined();
});

test.each(["application/json", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'])(
  "comes as %s",
  (type) => {
    expect(read(call("list", {}), type)).toMatchObject({ name: "list" });
  },
);

test.each([null, "text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded"])(
  "does not come as %s",
  (type) => {
    expect(() => read(call("list", {}), type)).toThrow("message_unreadable");
  },
);

describe("is refused:", () => {
  test.each<[string, string, string]>([
    ["no JSON", "x", "message_unreadable"],
    ["a batch", `[${call("list", {})}]`, "message_unreadable"],
    ["another version", call("list", {}).replace("2.0", "1.0"), "message_unreadable"],
    ["a member that is none", call("list", {}).replace('"id"', '"extra":1,"id"'), "message_unreadable"],
    ["a method twice", call("list", {}).replace('"id"', '"method":"ping","id"'), "message_unreadable"],
    [
      "a method twice, once escaped",
      call("list", {}).replace('"id"', '"m\\u0065thod":"ping","id"'),
      "message_unreadable",
    ],
    ["a method in other letters", call("list", {}).replace('"id"', '"Method":"ping","id"'), "message_unreadable"],
    ["a name twice", call("list", {}).replace('"name"', '"name":"refund","name"'), "message_unreadable"],
    ["a name in other letters", call("list", {}).replace('"name"', '"NAME":"refund","name"'), "message_unreadable"],
    [
      "an argument twice",
      call("refund", {}).replace("{}}", '{"order":"1","order":"2","amount":1}}'),
      "message_unreadable",
    ],
    [
      "arguments by a letter that Go takes for an s",
      call("list", {}).replace("{}}", '{},"argument\u017f":{}}'),
      "message_unreadable",
    ],
    ["an argument in other letters", call("refund", { order: "1", amount: 1, Amount: 9999 }), "message_unreadable"],
    ["a twin deep inside", call("list", {}).replace("{}}", '{"a":{"b":1,"b":2}}}'), "message_unreadable"],
    ["a number beyond all numbers", call("list", { a: 1 }).replace('"a":1', '"a":1e400'), "number_inexact"],
    ["no params", '{"jsonrpc":"2.0","id":1,"method":"tools/call"}', "message_unreadable"],
    ["a byte order mark", `\ufeff${call("list", {})}`, "message_unreadable"],
    ["an unknown tool", call("delete_everything", {}), "tool_unknown"],
    [
      "a request that is not declared",
      '{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"x"}}',
      "method_unknown",
    ],
    ["a method of the prototype", '{"jsonrpc":"2.0","id":1,"method":"constructor"}', "method_unknown"],
    ["a method that is no text", '{"jsonrpc":"2.0","id":1,"method":["tools/call"]}', "message_unreadable"],
    ["a tool of the prototype", call("constructor", {}), "tool_unknown"],
    ["a tool without a name", call(undefined as never, {}), "tool_unknown"],
    ["a missing argument", call("refund", { amount: 1 }), "tool_argument"],
    ["null for one that is required", call("refund", { order: null, amount: 1 }), "tool_argument"],
    ["a number as text", call("refund", { order: "1", amount: "9999" }), "tool_argument"],
    ["text as a number", call("refund", { order: 1, amount: 1 }), "tool_argument"],
    [
      "an entity in place of text",
      call("refund", { order: { __entity: { type: "User", id: "x" } }, amount: 1 }),
      "tool_argument",
    ],
    ["more digits than a decimal has", call("refund", { order: "1", amount: 0.00001 }), "tool_argument"],
    ["more than a decimal holds", call("refund", { order: "1", amount: 1e12 }), "tool_argument"],
    ["a whole number that is none", call("refund", { order: "1", amount: 1, count: 1.5 }), "tool_argument"],
    ["a whole number that doubles round", call("refund", { order: "1", amount: 1, count: 2 ** 60 }), "number_inexact"],
    ["more text than the ledger keeps", call("refund", { order: "x".repeat(20_000), amount: 1 }), "tool_argument"],
    ["a list in place of arguments", call("refund", []), "message_unreadable"],
  ])("%s", (_, text, rule) => {
    expect(ruleOf(text)).toBe(rule);
  });
});

test("a tool's name in another case, or with similar letters, is another tool", () => {
  for (const name of ["Refund", "REFUND", "r\u0435fund", "refund\u200b", "ｒefund", " refund"])
    expect(ruleOf(call(name, { order: "1", amount: 1 })), name).toBe("tool_unknown");
});

test("the trace is not part of a call, because it changes with every retry", () => {
  const canonicalOf = (params: object): string | undefined =>
    read(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }))?.canonical;
  const traced = { name: "list", _meta: { traceparent: "00-1-2-01", tracestate: "a=b", baggage: "c" } };
  expect(canonicalOf(traced)).toBe(canonicalOf({ name: "list" }));
});

test.each([
  ["a request with a result", '{"jsonrpc":"2.0","id":1,"method":"tools/list","result":{}}'],
  ["a request with an error", '{"jsonrpc":"2.0","id":1,"method":"tools/list","error":{"code":1,"message":""}}'],
  ["an answer with a result and an error", '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}'],
  ["neither a request nor an answer", '{"jsonrpc":"2.0","id":1}'],
])("%s is refused, because parsers could confuse the two", (_, text) => {
  expect(ruleOf(text)).toBe("message_unreadable");
});

test("an answer is read", () => {
  expect(ruleOf('{"jsonrpc":"2.0","id":1,"result":{}}')).toBeUndefined();
  expect(ruleOf('{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}')).toBeUndefined();
});
