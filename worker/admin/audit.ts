/** `/admin/audit` and `/admin/decisions`: reading the ledger. */
import { Hono } from "hono";
import type { Env } from "../env.ts";
import { decisionShard } from "../state/decisions.ts";
import type { AuditRecord } from "../state/record.ts";

export function auditAdmin(): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/audit/:txn", async (c) => {
    const entries = await c.env.LEDGER.getByName(c.req.param("txn")).entries();
    return c.json({ txn: c.req.param("txn"), entries }, entries.length > 0 ? 200 : 404);
  });

  app.get("/decisions/:id", async (c) => {
    const id = c.req.param("id");
    const txn = await c.env.DECISIONS.getByName(decisionShard(id)).find(id);
    const entry = txn === undefined ? undefined : await c.env.LEDGER.getByName(txn).find(id);
    if (entry === undefined) return c.json({ error: "not_found" }, 404);
    return c.json({ txn, seq: entry.seq, record: JSON.parse(entry.record) as AuditRecord });
  });
  return app;
}
