/** Proofs that were spent, until they are too old. */
import { DurableObject } from "cloudflare:workers";

/** Old ones go once in so many. */
const SWEEP = 1000;

export class Proofs extends DurableObject {
  #spent = 0;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID",
    );
  }

  /** False if it was spent before. @param expires seconds since the epoch */
  spend(id: string, expires: number): boolean {
    const { sql } = this.ctx.storage;
    if (++this.#spent % SWEEP === 0) sql.exec("DELETE FROM seen WHERE expires < ?", Date.now() / 1000);
    return sql.exec("INSERT OR IGNORE INTO seen VALUES (?, ?)", id, expires).rowsWritten > 0;
  }
}
