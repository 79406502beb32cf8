/** What was revoked: the one place that knows all of it, in the order in which it came, for as long as it can matter. */
import { DurableObject } from "cloudflare:workers";
import type { Authority } from "../chain/types.ts";
import type { Revocation } from "./revocation-snapshot.ts";

/** The one object that knows all revocations. */
export const REVOCATIONS_NAME = "global";

/** How far a revocation reaches; without either it is for good. */
export interface RevocationLimits {
  /** Seconds since the epoch: only what was issued then or earlier is revoked. */
  readonly before?: number;
  /** Seconds since the epoch: everything that it could end has expired by then. */
  readonly until?: number;
}

/** Revocations that are told at a time. */
const PAGE = 1000;
/** Seconds for which a revocation is kept after all that it could end has expired: clocks may differ. */
const SPARE = 300;
const PRUNE_MS = 600_000;

export class Revocations extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS revocations (seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, before INTEGER, until INTEGER, time TEXT NOT NULL, reason TEXT NOT NULL)",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS revocations_key ON revocations (key)");
    sql.exec("CREATE INDEX IF NOT EXISTS revocations_until ON revocations (until) WHERE until IS NOT NULL");
  }

  /** @param keys made by `keysToRevoke` */
  async revoke(keys: readonly string[], reason: string, { before, until }: RevocationLimits = {}): Promise<void> {
    const { sql } = this.ctx.storage;
    const time = new Date().toISOString();
    for (const key of keys) {
      const known = sql.exec(
        "SELECT seq FROM revocations WHERE key = ? AND (before IS NULL OR before >= ?) AND (until IS NULL OR until >= ?) LIMIT 1",
        key,
        before ?? Number.MAX_SAFE_INTEGER,
        until ?? Number.MAX_SAFE_INTEGER,
      );
      if (known.toArray().length > 0) continue;
      sql.exec(
        "INSERT INTO revocations (key, before, until, time, reason) VALUES (?, ?, ?, ?, ?)",
        ...[key, before ?? null, until ?? null, time, reason],
      );
    }
    if (until !== undefined && (await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(Date.now() + PRUNE_MS);
  }

  anyRevoked({ keys, issued }: Authority): boolean {
    const found = this.ctx.storage.sql.exec(
      "SELECT key FROM revocations WHERE key IN (SELECT value FROM json_each(?)) AND (before IS NULL OR before >= ?) LIMIT 1",
      JSON.stringify(keys),
      issued,
    );
    return found.toArray().length > 0;
  }

  /** What of these keys is revoked. */
  among(keys: readonly string[]): Revocation[] {
    return this.ctx.storage.sql
      .exec<Row>(
        "SELECT seq, key, before, until FROM revocations WHERE key IN (SELECT value FROM json_each(?))",
        JSON.stringify(keys),
      )
      .toArray();
  }

  /** What came after a number, oldest first, a page of it: less than a page is all. */
  since(seq: number): { readonly revocations: Revocation[]; readonly more: boolean } {
    const revocations = this.ctx.storage.sql
      .exec<Row>("SELECT seq, key, before, until FROM revocations WHERE seq > ? ORDER BY seq LIMIT ?", seq, PAGE)
      .toArray();
    return { revocations, more: revocations.length === PAGE };
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

  /** Forgets what can end nothing any more. */
  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    sql.exec("DELETE FROM revocations WHERE until < ?", Math.floor(Date.now() / 1000) - SPARE);
    const left = sql.exec("SELECT seq FROM revocations WHERE until IS NOT NULL LIMIT 1").toArray();
    if (left.length > 0) await this.ctx.storage.setAlarm(Date.now() + PRUNE_MS);
  }
}

type Row = { seq: number; key: string; before: number | null; until: number | null };
