/** Exchange by hand that keeps nothing: a proof is verified, and can be used again. */
import { Hono } from "hono";
import { Refusal } from "../by-hand/refusal.ts";
import { answer, type ExchangeEnv, exchange } from "./flow.ts";

const app = new Hono<{ Bindings: ExchangeEnv }>();

app.post("/oauth/token", async (c) => c.json(answer(await exchange(c.req, c.env))));

app.onError((error, c) => {
  if (error instanceof Refusal) return c.json({ error: error.code }, error.status);
  throw error;
});

export default app;
