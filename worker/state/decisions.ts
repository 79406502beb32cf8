/** Finds a decision's ledger by the decision's id: four shards, by the first bits of the id. */
import { DurableObject } from "cloudflare:workers";

export function decisionShard(id: string): string {
  return String(Number.parseInt(id.slice(0, 1), 16) >> 2);
}

export class Decisions extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS decisions (id TEXT PRIMARY KEY, txn TEXT NOT NULL)");
  }

  /** Once is enough; again changes nothing. */
  add(txn: string, ids: readonly string[]): void {
    for (const id of ids) this.ctx.storage.sql.exec("INSERT OR IGNORE INTO decisions (id, txn) VALUES (?, ?)", id, txn);
  }

  /** The task under whose `txn` the decision is recorded. */
  find(id: string): string | undefined {
    const [row] = this.ctx.storage.sql.exec<{ txn: string }>("SELECT txn FROM decisions WHERE id = ?", id).toArray();
    return row?.txn;
  }
}
