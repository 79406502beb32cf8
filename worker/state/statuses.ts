/** Which place of the status list each issued token has, for as long as it lives (draft-ietf-oauth-status-list). */

import { DurableObject } from "cloudflare:workers";
import type { Authority } from "../chain/types.ts";
import { type LiveStatus, PLACES } from "./status.ts";

export const STATUSES_NAME = "1";

export class Statuses extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS tokens (seq INTEGER PRIMARY KEY AUTOINCREMENT, keys TEXT NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL)",
    );
  }

  /** @param expires seconds since the epoch. @returns the token's place */
  allocate({ keys, issued }: Authority, expires: number): number {
    const { sql } = this.ctx.storage;
    const row = sql
      .exec<{ seq: number }>(
        "INSERT INTO tokens (keys, issued, expires) VALUES (?, ?, ?) RETURNING seq",
        JSON.stringify(keys),
        issued,
        expires,
      )
      .one();
    return row.seq % PLACES;
  }

  /** Every token that has not ended; those that have are forgotten. */
  live(): LiveStatus[] {
    const { sql } = this.ctx.storage;
    sql.exec("DELETE FROM tokens WHERE expires < ?", Math.floor(Date.now() / 1000));
    return sql
      .exec<{ seq: number; keys: string; issued: number }>("SELECT seq, keys, issued FROM tokens")
      .toArray()
      .map(({ seq, keys, issued }) => ({ place: seq % PLACES, keys: JSON.parse(keys) as string[], issued }));
  }
}
