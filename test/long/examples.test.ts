/** The examples of examples/ as they are: each starts its gateways and programs. */
import { expect, test } from "vitest";
import { agents } from "../../examples/agents.ts";
import { mcpClient } from "../../examples/mcp-client.ts";
import { twoDomains } from "../../examples/two-domains.ts";

test("examples/agents.ts: three hops, each narrower, through an MCP server by the official SDK", async () => {
  const lines: string[] = [];
  await agents((line) => lines.push(line));
  const told = lines.join("\n");
  expect(told).toContain("without a chain: 401; the protected resource's metadata names orders:read, refunds:write");
  expect(told).toMatch(/the refund agent says: refunded 49\.9 EUR of order 17, for alice through .* \[refunds:write\]/);
  expect(told).toContain("a refund of more than 100 must be approved by finance (approval_required)");
  expect(told).toContain("the support agent itself: 403 policy_denied");
  expect(told).toContain("under the refund agent's name: 401 actor_unproven");
  expect(lines.filter((line) => /^ {2}(allowed|denied) {2}POST \/mcp refund_order/.test(line))).toHaveLength(4);
});

test("examples/two-domains.ts: a task continues at a partner's gateway, and is in both ledgers", async () => {
  const lines: string[] = [];
  await twoDomains((line) => lines.push(line));
  const told = lines.join("\n");
  expect(told).toContain(
    "the partner's agent answers 200: order at the partner, for https://idp.acme.example alice of https://gateway.acme.example through spiffe://acme.example/agents/support (by https://gateway.acme.example) -> https://agents.partner.example/desk (by https://agents.partner.example) -> https://agents.partner.example/reader (by https://agents.partner.example)",
  );
  expect(told).toMatch(
    /allowed {2}GET \/orders\/17 .*support \(stated\) -> .*desk \(registered\) -> .*reader \(registered\)/,
  );
  const [acme, partner] = lines.filter((line) => line.startsWith("the ledger")).map((line) => line.split(" under ")[1]);
  expect(acme).toBe(partner);
  expect(told).not.toContain("undefined");
});

test("examples/mcp-client.ts: an ordinary client signs in with only the URL, and alice ends it", async () => {
  const lines: string[] = [];
  await mcpClient((line) => lines.push(line));
  const told = lines.join("\n");
  expect(told).toContain("/oauth/authorize, for orders:read");
  expect(told).toContain("she reads: Desk helper wants to act for you.");
  expect(told).toContain("it finds get_order");
  expect(told).toContain("the tool says: order 17: 49.90 EUR, for alice");
  expect(told).toContain("sends her to sign in again: true");
});
