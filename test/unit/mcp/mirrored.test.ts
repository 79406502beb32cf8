/** Revisions, and headers that mirror the body (MCP 2026-07-28, Streamable HTTP, "Request Metadata"). */
import { describe, expect, test } from "vitest";
import type { HopError } from "../../../worker/errors.ts";
import { readMessage } from "../../../worker/mcp/json-rpc.ts";
import type { Message } from "../../../worker/mcp/message.ts";
import { mirroredHeaders, requireMirrored, requireMirroredArguments } from "../../../worker/mcp/mirrored.ts";
import { META, revisionOf } from "../../../worker/mcp/revision.ts";

const _meta = { [META.version]: "2026-07-28", [META.capabilities]: {} };
const messageOf = (method: string, params: object = {}, id = 1): Message =>
  readMessage(new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", id, method, params })), "application/json");

function ruleOf(act: () => unknown): string {
  try {
    act();
    return "none";
  } catch (error) {
    return (error as HopError).rule;
  }
}

describe("the revision of a message:", () => {
  test.each<[string, object, string | null, string]>([
    ["today's", { _meta }, "2026-07-28", "2026-07-28"],
    ["the one before", {}, "2025-11-25", "2025-11-25"],
    ["the one before that", {}, "2025-06-18", "2025-06-18"],
    ["none is told", {}, null, "2025-06-18"],
  ])("%s", (_, params, told, revision) => {
    expect(revisionOf(messageOf("tools/list", params), told)).toBe(revision);
  });

  test.each<[string, object, string | null, string]>([
    ["header without body", {}, "2026-07-28", "meta_malformed"],
    ["body without header", { _meta }, null, "mirror_mismatch"],
    ["header and body that disagree", { _meta }, "2025-11-25", "mirror_mismatch"],
    ["a header that stands twice", { _meta }, "2026-07-28, 2026-07-28", "mirror_mismatch"],
    ["no capabilities", { _meta: { [META.version]: "2026-07-28" } }, "2026-07-28", "meta_malformed"],
    [
      "one that nobody knows",
      { _meta: { ..._meta, [META.version]: "1900-01-01" } },
      "1900-01-01",
      "version_unsupported",
    ],
    ["one that nobody knows, in the header alone", {}, "1900-01-01", "version_unsupported"],
  ])("%s is refused", (_, params, told, rule) => {
    expect(ruleOf(() => revisionOf(messageOf("tools/list", params), told))).toBe(rule);
  });

  test("clients send no answers since 2026-07-28, because servers ask in theirs", () => {
    const answer = readMessage(new TextEncoder().encode('{"jsonrpc":"2.0","id":1,"result":{}}'), "application/json");
    expect(revisionOf(answer, "2025-11-25")).toBe("2025-11-25");
    expect(ruleOf(() => revisionOf(answer, "2026-07-28"))).toBe("message_unreadable");
  });
});

describe("headers that mirror the body", () => {
  const mirrored = [
    { argument: "region", header: "region" },
    { argument: "count", header: "count" },
  ];
  const callOf = (name: string, given: object): Message => messageOf("tools/call", { _meta, name, arguments: given });
  const check = (headers: Record<string, string>, message: Message): string =>
    ruleOf(() => {
      requireMirrored(new Headers(headers), message);
      requireMirroredArguments(new Headers(headers), message, mirrored);
    });
  const CALL = { "mcp-method": "tools/call", "mcp-name": "sql" };

  test.each<[string, Record<string, string>, Message]>([
    ["a call", CALL, callOf("sql", {})],
    ["a name in base64", { ...CALL, "mcp-name": "=?base64?c3Fs?=" }, callOf("sql", {})],
    ["a name in other letters", { ...CALL, "mcp-name": "=?base64?5LiW55WM?=" }, callOf("世界", {})],
    ["a parameter", { ...CALL, "mcp-param-region": "us-west1" }, callOf("sql", { region: "us-west1" })],
    ["a number", { ...CALL, "mcp-param-count": "42.0" }, callOf("sql", { count: 42 })],
    ["a parameter that is null", CALL, callOf("sql", { region: null })],
    ["one that nobody here knows", { ...CALL, "mcp-param-other": "x" }, callOf("sql", {})],
    [
      "a resource",
      { "mcp-method": "resources/read", "mcp-name": "a://b" },
      messageOf("resources/read", { uri: "a://b" }),
    ],
    ["a task", { "mcp-method": "tasks/get", "mcp-name": "t" }, messageOf("tasks/get", { taskId: "t" })],
    ["a list", { "mcp-method": "tools/list" }, messageOf("tools/list")],
  ])("agree: %s", (_, headers, message) => {
    expect(check(headers, message)).toBe("none");
  });

  test.each<[string, Record<string, string>, Message]>([
    ["no method", { "mcp-name": "sql" }, callOf("sql", {})],
    ["another method", { ...CALL, "mcp-method": "tools/list" }, callOf("sql", {})],
    ["a method in other letters", { ...CALL, "mcp-method": "Tools/Call" }, callOf("sql", {})],
    ["no name", { "mcp-method": "tools/call" }, callOf("sql", {})],
    ["another name", { ...CALL, "mcp-name": "drop" }, callOf("sql", {})],
    ["another name in base64", { ...CALL, "mcp-name": "=?base64?ZHJvcA==?=" }, callOf("sql", {})],
    ["a name by another case", { ...CALL, "mcp-name": "SQL" }, callOf("sql", {})],
    ["a name by a letter that looks alike", { ...CALL, "mcp-name": "=?base64?0ZVxbA==?=" }, callOf("sql", {})],
    ["base64 that is none", { ...CALL, "mcp-name": "=?base64?%?=" }, callOf("sql", {})],
    ["two names", { ...CALL, "mcp-name": "sql, sql" }, callOf("sql", {})],
    ["another parameter", { ...CALL, "mcp-param-region": "eu" }, callOf("sql", { region: "us" })],
    ["a parameter in the header alone", { ...CALL, "mcp-param-region": "eu" }, callOf("sql", {})],
    ["a parameter in the body alone", CALL, callOf("sql", { region: "us" })],
    ["a number that is none", { ...CALL, "mcp-param-count": "0x2a" }, callOf("sql", { count: 42 })],
    ["another number", { ...CALL, "mcp-param-count": "43" }, callOf("sql", { count: 42 })],
  ])("disagree: %s", (_, headers, message) => {
    expect(check(headers, message)).toBe("mirror_mismatch");
  });

  test("are sent to the server as the body has them, however they were written", () => {
    const told = mirroredHeaders(
      callOf("世界", {}),
      new Headers({ "mcp-name": "x", "mcp-param-region": "eu", other: "y" }),
    );
    expect(told).toEqual([
      ["mcp-method", "tools/call"],
      ["mcp-name", "=?base64?5LiW55WM?="],
      ["mcp-param-region", "eu"],
    ]);
  });
});
