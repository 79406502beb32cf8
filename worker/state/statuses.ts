/** Which place of the status list each issued token has, for as long as it lives (draft-ietf-oauth-status-list). */
import { DurableObject } from "cloudflare:workers";

import { type LiveStatus, PLACES } from "./status.ts";

export const STATUSES_NAME = "1";

export class Statuses extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS issued (seq INTEGER PRIMARY KEY AUTOINCREMENT, keys TEXT NOT NULL, expires INTEGER NOT NULL)",
    );
  }

  /** @param expires seconds since the epoch. @returns the token's place */
  allocate(keys: readonly string[], expires: number): number {
    const { sql } = this.ctx.storage;
    const row = sql
      .exec<{ seq: number }>(
        "INSERT INTO issued (keys, expires) VALUES (?, ?) RETURNING seq",
        JSON.stringify(keys),
        expires,
      )
      .one();
    return row.seq % PLACES;
  }

  /** Every token that has not ended; those that have are forgotten. */
  live(): LiveStatus[] {
    const { sql } = this.ctx.storage;
    sql.exec("DELETE FROM issued WHERE expires < ?", Math.floor(Date.now() / 1000));
    return sql
      .exec<{ seq: number; keys: string }>("SELECT seq, keys FROM issued")
      .toArray()
      .map(({ seq, keys }) => ({ place: seq % PLACES, keys: JSON.parse(keys) as string[] }));
  }
}
