/** "Who paid invoice 7?": `hopgate audit find` and `GET /admin/decisions`, by path and by arguments. */
import { beforeAll, describe, expect, test } from "vitest";
import type { FoundRequestsJson } from "../../worker/admin/find-requests.ts";
import { CAST } from "../vectors/craft.ts";
import { hopgate, type Ran } from "./command-line.ts";
import { ADMIN_TOKEN, call, chainNow, recordsOf, taskOf, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
const txn = `task-${crypto.randomUUID()}`;
/** No other test asks for it. */
const order = crypto.randomUUID();
const secret = "a-token-in-the-query-that-is-hidden-before-it-is-recorded";

beforeAll(async () => {
  world = await sharedWorld();
  const chain = await chainNow({ 0: { claims: { txn } } });
  expect((await call(world, { chain, path: `/orders/${order}?invoice=7&access_token=${secret}` })).status).toBe(200);
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "refund_order", arguments: { order, amount: 40.5, note: "never declared" } },
  });
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  await call(world, { chain, method: "POST", path: "/mcp", headers, body });
  expect(await recordsOf(world, taskOf(txn), 2)).toHaveLength(2);
});

const find = (...args: string[]): Promise<Ran> => hopgate(["audit", "find", ...args, "--gateway", world.url]);

async function ask(query: string): Promise<{ readonly status: number; readonly json: FoundRequestsJson }> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const answer = await fetch(`${world.url}/admin/decisions?${query}`, { headers });
  return { status: answer.status, json: (await answer.json()) as FoundRequestsJson };
}

describe("hopgate audit find", () => {
  test("prints who requested a path, for whom, under which task, and which period was searched", async () => {
    const { code, out } = await find("--path", `/orders/${order}`);
    expect(code).toBe(0);
    expect(out).toContain(`ALLOWED  GET /orders/${order}`);
    expect(out).toContain('  invoice="7", access_token="*"\n');
    expect(out).toContain(`  ${CAST.issuer} alice\n`);
    expect(out).toContain(`-> ${CAST.service}`);
    expect(out).toContain(`  ${txn}  (${taskOf(txn)})`);
    expect(out).toMatch(/ {3}1 found among what was recorded from the oldest entry that the ledger keeps to 2\S+Z\n$/);
  });

  test("finds a tool by its arguments, all of which must match", async () => {
    const both = await find("--argument", `order=${order}`, "amount=40.5");
    expect(both.out).toContain("POST /mcp refund_order");
    expect(both.out).toContain("   1 found");
    expect((await find("--argument", `order=${order}`, "amount=41")).out).toContain("   0 found");
  });

  test("finds nothing by what the ledger does not keep: a secret, and an argument that no policy sees", async () => {
    expect((await find("--argument", `access_token=${secret}`)).out).toContain("   0 found");
    expect((await find("--argument", `order=${order}`, "note=never declared")).out).toContain("   0 found");
  });

  test("prints how far it has searched, and how to continue, when it stops at the limit", async () => {
    const { out } = await find("--path", "/", "--limit", "1", "--until", new Date().toISOString());
    const [, from] = /1 found among what was recorded from (\S+Z) to/.exec(out) ?? [];
    expect(out).toContain(`older ones: --until ${from}, or a larger --limit`);
  });

  test("needs a path or an argument", async () => {
    expect(await find()).toEqual({ code: 1, out: "hopgate: the gateway answered 400: needs `path` or `argument`\n" });
  });
});

describe("GET /admin/decisions", () => {
  test("pages by `next`, newest first", async () => {
    const first = await ask("path=/&limit=1");
    expect(first.json.decisions).toHaveLength(1);
    const second = await ask(`path=/&limit=1&before=${first.json.next}`);
    expect(second.json.decisions[0]?.id).not.toBe(first.json.decisions[0]?.id);
  });

  test.each([
    ["", "needs `path` or `argument`"],
    ["path=orders", "`path` must begin with `/`"],
    ["path=", "`path` is empty"],
    [`path=/${"a".repeat(1024)}`, "`path` has more than 1,024 characters"],
    ["path=/a&path=/b", "`path` is given twice"],
    ["argument=invoice", "`argument` must be NAME=VALUE"],
    ["argument==7", "`argument` must be NAME=VALUE"],
    [Array(9).fill("argument=a=b").join("&"), "`argument` is given more than 8 times"],
    ["path=/&limit=0", "`limit` must be a number from 1 to 100"],
    ["path=/&limit=101", "`limit` must be a number from 1 to 100"],
    ["path=/&limit=1e9", "`limit` must be a number from 1 to 100"],
    ["path=/&since=yesterday", "`since` must be an ISO 8601 time such as `2026-11-26T00:00:00Z`"],
    ["path=/&before=-1", "`before` must be the `next` of an earlier answer"],
    ["path=/&subject=alice", "unknown parameter `subject`"],
    ["path=/&__proto__=x", "unknown parameter `__proto__`"],
  ])("refuses `%s`", async (query, reason) => {
    expect(await ask(query)).toEqual({ status: 400, json: { error: "invalid_request", error_description: reason } });
  });

  test.each<[string, Record<string, string>]>([
    ["no token", {}],
    ["a wrong token", { authorization: "Bearer wrong" }],
  ])("answers 401 to %s", async (_, headers) => {
    expect((await fetch(`${world.url}/admin/decisions?path=/`, { headers })).status).toBe(401);
  });
});
