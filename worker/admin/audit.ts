/** `/admin/audit` and `/admin/decisions`: reading the ledger. */
import { type Context, Hono } from "hono";
import type { Env } from "../env.ts";
import { decisionIndex } from "../state/decisions.ts";
import type { LedgerEntry } from "../state/entry.ts";
import type { AuditRecord } from "../state/record.ts";
import type { Signer } from "../trust/signing.ts";

/** What the gateway says of a ledger at a moment: whoever keeps it can tell later whether entries were taken from the end. */
const CHECKPOINT_TYPE = "ledger-checkpoint+jwt";

export type SignerOf = (c: Context<{ Bindings: Env }>) => Promise<Signer | undefined>;

export function auditAdmin(gateway: string, signerOf: SignerOf): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/audit/:name", async (c) => {
    const tasks = await tasksNamed(c, c.req.param("name"));
    const [task] = tasks;
    // Two introducers may give their tasks the same `txn`.
    if (tasks.length > 1) {
      const reason = `several tasks have this txn, by different introducers: name one of ${tasks.join(", ")}`;
      return c.json({ error: "ambiguous", error_description: reason, tasks }, 300);
    }
    if (task === undefined) return c.json({ error: "not_found", entries: [] }, 404);
    const entries = await c.env.LEDGER.getByName(task).entries();
    const checkpoint = await sign(gateway, task, entries, await signerOf(c));
    return c.json({ task, entries, checkpoint }, entries.length > 0 ? 200 : 404);
  });

  app.get("/decisions/:id", async (c) => {
    const id = c.req.param("id");
    const task = await decisionIndex(c.env.DECISIONS).find(id);
    const entry = task === undefined ? undefined : await c.env.LEDGER.getByName(task).find(id);
    if (entry === undefined) return c.json({ error: "not_found" }, 404);
    return c.json({ task, seq: entry.seq, record: JSON.parse(entry.record) as AuditRecord });
  });
  return app;
}

/** The ledgers that a name means: a task by its identity, the gateway's own of a day, else every task of that `txn`. */
async function tasksNamed(c: Context<{ Bindings: Env }>, name: string): Promise<string[]> {
  if (/^[A-Za-z0-9_-]{43}$|^gateway:/.test(name)) return [name];
  return decisionIndex(c.env.DECISIONS).tasks(name);
}

/** `{iss, task, seq, hash, iat}` of the last entry, signed; absent without a key or an entry. */
async function sign(
  iss: string,
  task: string,
  entries: readonly LedgerEntry[],
  signer: Signer | undefined,
): Promise<string | undefined> {
  const last = entries.at(-1);
  if (last === undefined) return undefined;
  return signer?.sign(CHECKPOINT_TYPE, {
    iss,
    task,
    seq: last.seq,
    hash: last.hash,
    iat: Math.floor(Date.now() / 1000),
  });
}
