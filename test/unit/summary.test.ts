/** What the index keeps of a request: whom the inventory has. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Actor } from "../../worker/chain/types.ts";
import type { Env } from "../../worker/env.ts";
import { type Indexed, indexRecord } from "../../worker/ledger/summary.ts";

const AGENT = "spiffe://acme.example/agents/support";
const iss = "spiffe://acme.example";
const agent: Actor = { iss, sub: AGENT, proof: "registered" };

function indexed(...actors: Actor[]) {
  const hops = actors.map(() => ({ iss, sub: AGENT, aud: "gateway", scope: "read", iat: 1, exp: 61, name: "n" }));
  const chain = { task: "t", txn: "x", introducer: { iss, sub: iss }, subject: { iss, sub: "alice" }, actors, hops };
  const question = { request: { action: { type: "Action", id: "orders:read" } } };
  const record = { id: "1", time: "2026-11-26T12:00:00Z", outcome: "allowed", chain, decision: { question } };
  return indexRecord("t", JSON.stringify(record));
}

test("an actor holds what its hop gives it, and uses what it was allowed", () => {
  expect(indexed(agent)).toMatchObject({
    held: [{ actor: AGENT, scopes: ["read"], life: 60 }],
    action: "orders:read",
  });
});

test.each<Actor>([
  { iss, sub: `${AGENT}/run-42`, proof: "child" },
  { iss: `told by ${AGENT}`, sub: "urn:made-up", proof: "told" },
])("a name that its delegator makes up ($proof) is no row of the inventory", (last) => {
  const { held, action, summary } = indexed(agent, last) ?? {};
  expect(held?.map(({ actor }) => actor)).toEqual([AGENT]);
  expect(action).toBeUndefined();
  expect(summary?.actors).toHaveLength(2);
});

test("a workload that was not seen for 90 days is forgotten, with what it held and used", async () => {
  const shard = (env as unknown as Env).DECISIONS.getByName("forgets");
  const at = (days: number, id: string, actor: string): Indexed => {
    const one = indexed({ ...agent, sub: actor }) as Indexed;
    const time = new Date(Date.now() - days * 86_400_000).toISOString();
    return { ...one, summary: { ...one.summary, id, time } };
  };
  await shard.add([at(91, "1", AGENT), at(91, "2", `${AGENT}-2`), at(89, "3", `${AGENT}-2`)]);
  expect(await shard.workloads()).toHaveLength(2);
  await runDurableObjectAlarm(shard);
  expect(await shard.workloads()).toMatchObject([
    { actor: `${AGENT}-2`, requests: 2, uses: [{ action: "orders:read" }], scopes: { read: null } },
  ]);
});
