/** What the index keeps of a request: whom the inventory has. */
import { expect, test } from "vitest";
import type { Actor } from "../../../worker/chain/types.ts";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { indexRecord } from "../../../worker/ledger/summary.ts";

const AGENT = "spiffe://acme.example/agents/support";
const iss = "spiffe://acme.example";
const agent: Actor = { iss, sub: AGENT, proof: "registered" };

function indexed(...actors: Actor[]) {
  const hops = actors.map(() => ({ iss, sub: AGENT, aud: "gateway", scope: "read", iat: 1, exp: 61, name: "n" }));
  const chain = { task: "t", txn: "x", introducer: { iss, sub: iss }, subject: { iss, sub: "alice" }, actors, hops };
  const question = { request: { action: { type: "Action", id: "orders:read" } } };
  const record = { id: "1", time: "2026-11-26T12:00:00Z", outcome: "allowed", chain, decision: { question } };
  return indexRecord("t", record as unknown as AuditRecord);
}

test("an actor holds the scopes of its hop, and uses those that it was allowed", () => {
  expect(indexed(agent)).toMatchObject({
    held: [{ actor: AGENT, scopes: ["read"], life: 60 }],
    action: "orders:read",
  });
});

test.each<Actor>([
  { iss, sub: `${AGENT}/run-42`, proof: "child" },
  { iss: `told by ${AGENT}`, sub: "urn:made-up", proof: "told" },
])("a name that its delegator can invent ($proof) is not in the inventory", (last) => {
  const { held, action, summary } = indexed(agent, last) ?? {};
  expect(held?.map(({ actor }) => actor)).toEqual([AGENT]);
  expect(action).toBeUndefined();
  expect(summary?.actors).toHaveLength(2);
});
