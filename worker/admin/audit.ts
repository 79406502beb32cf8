/** `/admin/audit` and `/admin/decisions`: reading the ledger. */
import { type Context, Hono } from "hono";
import type { Env } from "../env.ts";
import { decisionIndex } from "../state/decisions.ts";
import type { LedgerEntry } from "../state/entry.ts";
import type { AuditRecord } from "../state/record.ts";
import type { Signer } from "../trust/signing.ts";

/** What the gateway says of a ledger at a moment: whoever keeps it can tell later whether entries were taken from the end. */
export const CHECKPOINT_TYPE = "ledger-checkpoint+jwt";

export type SignerOf = (c: Context<{ Bindings: Env }>) => Promise<Signer | undefined>;

export function auditAdmin(gateway: string, signerOf: SignerOf): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();

  app.get("/audit/:txn", async (c) => {
    const txn = c.req.param("txn");
    const entries = await c.env.LEDGER.getByName(txn).entries();
    const checkpoint = await sign(gateway, txn, entries, await signerOf(c));
    return c.json({ txn, entries, checkpoint }, entries.length > 0 ? 200 : 404);
  });

  app.get("/decisions/:id", async (c) => {
    const id = c.req.param("id");
    const txn = await decisionIndex(c.env.DECISIONS).find(id);
    const entry = txn === undefined ? undefined : await c.env.LEDGER.getByName(txn).find(id);
    if (entry === undefined) return c.json({ error: "not_found" }, 404);
    return c.json({ txn, seq: entry.seq, record: JSON.parse(entry.record) as AuditRecord });
  });
  return app;
}

/** `{iss, txn, seq, hash, iat}` of the last entry, signed; absent without a key or an entry. */
async function sign(
  iss: string,
  txn: string,
  entries: readonly LedgerEntry[],
  signer: Signer | undefined,
): Promise<string | undefined> {
  const last = entries.at(-1);
  if (last === undefined) return undefined;
  return signer?.sign(CHECKPOINT_TYPE, {
    iss,
    txn,
    seq: last.seq,
    hash: last.hash,
    iat: Math.floor(Date.now() / 1000),
  });
}
