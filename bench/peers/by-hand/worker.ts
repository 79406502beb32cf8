/**
 * What Hopgate guarantees for one API, written by hand with hono, jose and two Durable Objects: a chain of hops, its proof,
 * single use, revocation, a policy, a record before anything is forwarded, a narrowed token. No configuration, no Cedar.
 */
import { Hono } from "hono";
import { type Chain, verifyChain } from "./chain.ts";
import type { Env } from "./env.ts";
import { makeMemory } from "./memory.ts";
import { mint } from "./mint.ts";
import { OPERATION } from "./operation.ts";
import { mayReadOrders } from "./policy.ts";
import { verifyProof } from "./proof.ts";
import { Refusal } from "./refusal.ts";

export { Proofs } from "./proofs.ts";
export { Records } from "./records.ts";

const memoryOf = makeMemory();
const app = new Hono<{ Bindings: Env }>();

app.get("/orders/*", async (c) => {
  const { env, req } = c;
  const memory = await memoryOf(env);
  const presented = req.header("authorization")?.match(/^DPoP (.+)$/)?.[1];
  const proof = req.header("dpop");
  if (presented === undefined || proof === undefined) throw new Refusal(401, "invalid_token");
  if (presented.length > 16_384) throw new Refusal(400, "invalid_request");
  const now = Math.floor(Date.now() / 1000);
  const chain = await verifyChain(presented, memory, now);
  const bound = { presented, holder: chain.holder };
  const spend = await verifyProof(proof, { method: req.method, url: req.url, now, bound }, memory.publicKeyOf);

  const decision = crypto.randomUUID();
  const records = env.RECORDS.getByName("records");
  const written = (outcome: string): Promise<boolean> =>
    records.admit(chain.names, {
      id: decision,
      task: chain.task,
      record: recordOf(c.req.raw, chain, decision, outcome),
    });
  if (!mayReadOrders(chain)) {
    await written("denied");
    throw new Refusal(403, "access_denied");
  }
  if (!(await env.PROOFS.getByName("proofs").spend(spend.id, spend.expires)))
    throw new Refusal(401, "invalid_dpop_proof");
  if (!(await written("allowed"))) throw new Refusal(401, "invalid_token");

  const { pathname, search } = new URL(req.url);
  const token = await mint(chain, decision, memory, now);
  const begun = Date.now();
  const answer = await fetch(env.UPSTREAM + pathname + search, { headers: { authorization: `Bearer ${token}` } });
  c.executionCtx.waitUntil(records.settle(decision, answer.status, Date.now() - begun));
  return answer;
});

app.get("/admin/decisions/:id", async (c) => {
  if (c.req.header("authorization") !== `Bearer ${c.env.ADMIN_TOKEN}`) throw new Refusal(401, "invalid_token");
  const found = await c.env.RECORDS.getByName("records").find(c.req.param("id"));
  return found === undefined ? c.notFound() : c.json(found);
});

app.post("/admin/revocations", async (c) => {
  if (c.req.header("authorization") !== `Bearer ${c.env.ADMIN_TOKEN}`) throw new Refusal(401, "invalid_token");
  const { task } = await c.req.json<{ task: string }>();
  await c.env.RECORDS.getByName("records").revoke(task);
  return c.json({ revoked: task });
});

app.onError((error, c) => {
  if (error instanceof Refusal) return c.json({ error: error.code }, error.status);
  console.error(error);
  return c.json({ error: "temporarily_unavailable" }, 503);
});

function recordOf({ method, url }: Request, chain: Chain, id: string, outcome: string): string {
  const request = { route: "orders", method, path: new URL(url).pathname };
  const { subject, actors, task, txn, purpose, scopes, hops } = chain;
  return JSON.stringify({
    id,
    time: new Date().toISOString(),
    outcome,
    chain: { subject, actors, task, txn, purpose, scopes, hops },
    request,
    policy: "orders-by-hand",
    token: { aud: OPERATION.audience, scope: OPERATION.scope },
  });
}

export default app;
