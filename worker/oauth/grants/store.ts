/**
 * What people have let clients do, sharded by person: one row for each grant, with the hash of its valid secret. A
 * Durable Object runs one call at a time, so a secret is single use however many requests present it.
 */
import { DurableObject } from "cloudflare:workers";
import { clearAfter, clearExpired } from "../../expiring.ts";
import type { GrantRow, Turn } from "./row.ts";

/** Most grants of one person; beyond it, the least recently used one ends. */
const MOST_OF_PERSON = 100;

export class Grants extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS grants (key TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, person TEXT NOT NULL, grant_json TEXT NOT NULL, code TEXT NOT NULL, kind TEXT NOT NULL, secret TEXT NOT NULL, used INTEGER NOT NULL, expires INTEGER NOT NULL)",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS grants_person ON grants (person)");
    sql.exec("CREATE INDEX IF NOT EXISTS grants_expires ON grants (expires)");
  }

  async open({ key, id, person, grant, code, kind, secret, used, expires }: GrantRow): Promise<void> {
    const { sql } = this.ctx.storage;
    sql.exec(
      "DELETE FROM grants WHERE person = ? AND key NOT IN (SELECT key FROM grants WHERE person = ? ORDER BY used DESC LIMIT ?)",
      ...[person, person, MOST_OF_PERSON - 1],
    );
    sql.exec(
      "INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[key, id, person, grant, code, kind, secret, used, expires],
    );
    await clearAfter(this.ctx.storage, expires);
  }

  find(key: string): GrantRow | undefined {
    return this.#rows("key = ?", key)[0];
  }

  /**
   * Uses a secret and stores the next one, in one step. A reused secret has leaked, and tokens from it may have too, so
   * the grant ends.
   *
   * @returns false if the grant has ended
   */
  async turn(key: string, taken: string, { kind, secret, grant, now, expires }: Turn): Promise<boolean> {
    const { rowsWritten } = this.ctx.storage.sql.exec(
      "UPDATE grants SET kind = ?, secret = ?, grant_json = ?, code = '', used = ?, expires = ? WHERE key = ? AND secret = ? AND expires > ?",
      ...[kind, secret, grant, now, expires, key, taken, seconds()],
    );
    if (rowsWritten === 0) this.end(key);
    else await clearAfter(this.ctx.storage, expires);
    return rowsWritten > 0;
  }

  end(key: string): void {
    this.ctx.storage.sql.exec("DELETE FROM grants WHERE key = ?", key);
  }

  /** Everything that a person has let clients do, newest first. */
  list(person: string): GrantRow[] {
    return this.#rows("person = ? AND used > 0", person).reverse();
  }

  override alarm(): Promise<void> {
    return clearExpired(this.ctx.storage, "grants");
  }

  #rows(condition: string, value: string): GrantRow[] {
    return this.ctx.storage.sql
      .exec<GrantRow & Record<string, SqlStorageValue>>(
        `SELECT key, id, person, grant_json AS "grant", code, kind, secret, used, expires FROM grants WHERE ${condition} AND expires > ? ORDER BY rowid`,
        ...[value, seconds()],
      )
      .toArray();
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
