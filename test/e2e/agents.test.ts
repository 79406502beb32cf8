/** Agents: calls of MCP tools are decided with their arguments. */
import { beforeAll, describe, expect, test } from "vitest";
import { askConsole, startSession } from "../../cli/people.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { printed } from "./command-line.ts";
import { ADMIN_TOKEN, call, chainNow, recordsOf, refusalOf, seenBy, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

/** What a refusal says of the approval that would help. */
interface Asked {
  readonly approval: { readonly id: string; readonly uri: string };
}

const newTask = (): string => `task-${crypto.randomUUID()}`;
const chainOf = (txn: string): Promise<string> => chainNow({ 0: { claims: { txn } } });
const message = (method: string, params: object): string => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
const toolCall = (name: string, given: object): string => message("tools/call", { name, arguments: given });

async function send(body: string, chain: string, headers: Record<string, string> = {}): Promise<Response> {
  return call(world, {
    method: "POST",
    path: "/mcp",
    chain,
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

describe("a call of a tool", () => {
  test("is its own action, whose arguments policies see; the server gets it unchanged", async () => {
    const txn = newTask();
    const body = toolCall("refund_order", { order: "17", amount: 49.9, note: "é" });
    const seen = await seenBy(await send(body, await chainOf(txn)));
    expect(seen.bytes).toBe(Buffer.byteLength(body));
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record).toMatchObject({
      outcome: "allowed",
      request: { route: "tools", tool: "refund_order" },
      token: { scope: "refunds:write", aud: "https://tools.acme.example" },
      decision: {
        policies: ["refund-for-a-person"],
        question: {
          request: {
            action: { id: "refunds:write" },
            context: { tool: { name: "refund_order", arguments: { order: "17" } } },
          },
        },
      },
    });
  });

  test("takes the tool's scopes, not the session's", async () => {
    const refusal = await refusalOf(await send(toolCall("pay_out", {}), await chainOf(newTask())));
    expect(refusal).toMatchObject({ status: 403, error: "insufficient_scope" });
    expect(refusal.challenge).toContain('scope="payouts:write"');
  });

  test.each<[string, string, number, string]>([
    ["an unknown tool", toolCall("drop_tables", {}), 403, "tool_unknown"],
    [
      "an amount as text",
      toolCall("refund_order", { order: "1", amount: "99999" }),
      400,
      "never strings (`amount`, tool_argument",
    ],
    ["a batch", `[${toolCall("get_order", { order: "1" })}]`, 400, "message_unreadable"],
    [
      "a name twice",
      toolCall("get_order", { order: "1" }).replace('"name"', '"name":"pay_out","name"'),
      400,
      "message_unreadable",
    ],
  ])("%s is refused", async (_, body, status, rule) => {
    const refusal = await refusalOf(await send(body, await chainOf(newTask())));
    expect(refusal).toMatchObject({ status, description: expect.stringContaining(`${rule})`) });
  });

  test.each<[string, string, Record<string, string>, number, string]>([
    ["with a body", "DELETE", {}, 400, "body_refused"],
    [
      "with a body that another method is named for",
      "DELETE",
      { "x-http-method-override": "POST" },
      400,
      "body_refused",
    ],
    ["packed", "POST", { "content-encoding": "br" }, 415, "encoding_refused"],
  ])("that cannot be read in one way is refused: %s", async (_, method, headers, status, rule) => {
    const refusal = await refusalOf(
      await call(world, {
        method,
        path: "/mcp",
        chain: await chainOf(newTask()),
        body: toolCall("get_order", { order: "1" }),
        headers: { "content-type": "application/json", ...headers },
      }),
    );
    expect(refusal).toMatchObject({ status, description: expect.stringContaining(`${rule})`) });
  });

  test("with a number that readers round is refused: an approval of it would be valid for another", async () => {
    const body = toolCall("refund_order", { order: "17", amount: 500 });
    for (const account of ["12345678901234567890", "12345678901234567999"]) {
      const text = body.replace('"amount":500', `"amount":500,"account":${account}`);
      const refusal = await refusalOf(await send(text, await chainOf(newTask())));
      expect(refusal).toMatchObject({ status: 400, description: expect.stringContaining("(number_inexact)") });
    }
  });

  test("is read in one pass, before any credential is accepted: a string of quotes does not stop the gateway", async () => {
    // At 635c9bf the first of these took seconds in which nothing else was answered.
    const body = toolCall("get_order", { order: '"'.repeat(100_000) });
    const answer = await fetch(`${world.url}/mcp`, {
      method: "POST",
      headers: { authorization: "DPoP x", dpop: "x", "content-type": "application/json" },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("tool_argument");
  });

  test("that needs an approval shows them every argument, and is valid for nothing else that reaches the tool", async () => {
    const chain = await chainOf(newTask());
    const params = { name: "refund_order", arguments: { order: "17", amount: 500, account: "DE12" } };
    const body = (more: object): string => message("tools/call", { ...params, ...more });
    const refused = (await (await send(body({}), chain)).json()) as { error: { data: Asked } };
    const asked = refused.error.data;
    expect(asked.approval.uri.startsWith(`${world.url}/console/approvals/`)).toBe(true);
    const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
    const session = await startSession(remote, { name: "fred", groups: ["finance"] });
    const shown = await askConsole(remote, session, `approvals/${asked.approval.id}`);
    expect(shown).toMatchObject({
      asked: { tool: { name: "refund_order", arguments: { order: "17" }, undeclared: { account: "DE12" } } },
    });
    const approve = { decision: "approve", group: "finance" };
    await askConsole(remote, session, `approvals/${asked.approval.id}`, approve);
    const approved = { "hop-approval": asked.approval.id };
    const other = await send(body({ _meta: { "acme/account": "DE99" } }), chain, approved);
    expect(await refusalOf(other)).toMatchObject({ description: expect.stringContaining("(approval_invalid)") });
    expect((await send(body({ _meta: { progressToken: 4 } }), chain, approved)).status).toBe(200);
  });

  test("that needs an approval is shown with tool and arguments on the command line, and in the ledger", async () => {
    const txn = newTask();
    const given = { order: "17", amount: 300, account: "DE12" };
    const asked = await send(toolCall("refund_order", given), await chainOf(txn));
    const { approval } = ((await asked.json()) as { error: { data: Asked } }).error.data;
    const as = ["--as", "fred", "--group", "finance", "--gateway", world.url];
    expect(await printed(["approval", "list", ...as])).toContain(
      'refund_order(order="17", amount=300.0000, account="DE12")',
    );
    const shown = await printed(["approval", "show", approval.id, ...as]);
    for (const line of [
      /tool +refund_order/,
      /order +"17"/,
      /amount +300\.0000/,
      /account +"DE12"/,
      /through .*support/,
    ])
      expect(shown).toMatch(line);
    await recordsOf(world, txn, 1);
    const ledger = await printed(["audit", "show", txn, "--gateway", world.url]);
    expect(ledger).toContain('order="17", amount=300.0000');
  });

  test("is approved with its arguments, and no other call is", async () => {
    const chain = await chainOf(newTask());
    const large = toolCall("refund_order", { order: "17", amount: 500 });
    const asked = await send(large, chain);
    const { approval } = ((await asked.json()) as { error: { data: Asked } }).error.data;
    const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
    const session = await startSession(remote, { name: "fred", groups: ["finance"] });
    expect(await askConsole(remote, session, `approvals/${approval.id}`)).toMatchObject({
      asked: { tool: { name: "refund_order", arguments: { order: "17" } } },
    });
    await askConsole(remote, session, `approvals/${approval.id}`, { decision: "approve", group: "finance" });
    const larger = toolCall("refund_order", { order: "17", amount: 5000 });
    const refusal = await refusalOf(await send(larger, chain, { "hop-approval": approval.id }));
    expect(refusal.description).toContain("(approval_invalid)");
    // Clients number every message anew, and need not write members in the same order.
    const again = large.replace('"id":1', '"id":2').replace('"order":"17","amount":500', '"amount":500,"order":"17"');
    expect(again).not.toBe(large);
    expect((await send(again, chain, { "hop-approval": approval.id })).status).toBe(200);
  });

  test("needs scopes that the metadata of the protected resource lists", async () => {
    const metadata = await fetch(`${world.url}/.well-known/oauth-protected-resource/mcp`);
    expect(await metadata.json()).toMatchObject({
      resource: `${world.url}/mcp`,
      scopes_supported: ["orders:read", "payouts:write", "refunds:write"],
    });
  });
});
