/** Exchange by hand that keeps proofs and records: a proof is spent, revocation is asked, and the token is on record before it is given. */
import { Hono } from "hono";
import type { Proofs } from "../by-hand/proofs.ts";
import type { Records } from "../by-hand/records.ts";
import { Refusal } from "../by-hand/refusal.ts";
import { answer, type ExchangeEnv, exchange } from "./flow.ts";

export { Proofs } from "../by-hand/proofs.ts";
export { Records } from "../by-hand/records.ts";

interface Env extends ExchangeEnv {
  readonly PROOFS: DurableObjectNamespace<Proofs>;
  readonly RECORDS: DurableObjectNamespace<Records>;
}

const app = new Hono<{ Bindings: Env }>();

app.post("/oauth/token", async (c) => {
  const exchanged = await exchange(c.req, c.env);
  const { id, task, subjectToken, spend, claims } = exchanged;
  if (spend !== undefined && !(await c.env.PROOFS.getByName("proofs").spend(spend.id, spend.expires)))
    throw new Refusal(401, "invalid_dpop_proof");
  const record = JSON.stringify({
    id,
    time: new Date().toISOString(),
    outcome: "allowed",
    subjectToken,
    token: claims,
  });
  const admitted = await c.env.RECORDS.getByName("records").admit([task, subjectToken], { id, task, record });
  if (!admitted) throw new Refusal(401, "invalid_grant");
  return c.json(answer(exchanged));
});

app.onError((error, c) => {
  if (error instanceof Refusal) return c.json({ error: error.code }, error.status);
  throw error;
});

export default app;
