/** What was revoked: the one place that knows all of it, in the order in which it came. */

import { DurableObject } from "cloudflare:workers";
import type { Authority } from "../chain/types.ts";
import type { Revocation } from "./revocation-snapshot.ts";

/** The one object that knows all revocations. */
export const REVOCATIONS_NAME = "global";

export class Revocations extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS revocations (seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, before INTEGER, time TEXT NOT NULL, reason TEXT NOT NULL)",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS revocations_key ON revocations (key)");
  }

  /**
   * @param keys made by `keysToRevoke`
   * @param before seconds since the epoch: only what was issued then or earlier is revoked; without it, for good
   */
  revoke(keys: readonly string[], reason: string, before?: number): void {
    const time = new Date().toISOString();
    for (const key of keys) {
      if (this.anyRevoked({ keys: [key], issued: before ?? Number.MAX_SAFE_INTEGER })) continue;
      this.ctx.storage.sql.exec(
        "INSERT INTO revocations (key, before, time, reason) VALUES (?, ?, ?, ?)",
        key,
        before ?? null,
        time,
        reason,
      );
    }
  }

  anyRevoked({ keys, issued }: Authority): boolean {
    const found = this.ctx.storage.sql.exec(
      "SELECT key FROM revocations WHERE key IN (SELECT value FROM json_each(?)) AND (before IS NULL OR before >= ?) LIMIT 1",
      JSON.stringify(keys),
      issued,
    );
    return found.toArray().length > 0;
  }

  /** What came after a number, oldest first. */
  since(seq: number): Revocation[] {
    return this.ctx.storage.sql
      .exec<{ seq: number; key: string; before: number | null }>(
        "SELECT seq, key, before FROM revocations WHERE seq > ? ORDER BY seq",
        seq,
      )
      .toArray();
  }

  /** The last ones with their reasons, newest first. */
  latest(limit: number): { key: string; before: number | null; time: string; reason: string }[] {
    return this.ctx.storage.sql
      .exec<{ key: string; before: number | null; time: string; reason: string }>(
        "SELECT key, before, time, reason FROM revocations ORDER BY seq DESC LIMIT ?",
        limit,
      )
      .toArray();
  }
}
