/** What was decided, a row each, hash-chained by task; and what was revoked, which is asked in the same call. */

import { DurableObject } from "cloudflare:workers";
import { createHash } from "node:crypto";

export interface Admission {
  /** The decision's id. */
  readonly id: string;
  readonly task: string;
  /** JSON text. */
  readonly record: string;
}

export interface Found {
  readonly task: string;
  readonly record: object;
}

type Row = { task: string; record: string; status: number | null; milliseconds: number | null };

export class Records extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    const { sql } = ctx.storage;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS records (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, task TEXT NOT NULL, hash TEXT NOT NULL,
       record TEXT NOT NULL, status INTEGER, milliseconds INTEGER)`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS records_task ON records (task)");
    sql.exec("CREATE TABLE IF NOT EXISTS revoked (name TEXT PRIMARY KEY) WITHOUT ROWID");
  }

  /** False, and nothing is written, where one of the names was revoked. */
  admit(names: readonly string[], { id, task, record }: Admission): boolean {
    const { sql } = this.ctx.storage;
    const places = names.map(() => "?").join(", ");
    if (sql.exec(`SELECT 1 FROM revoked WHERE name IN (${places}) LIMIT 1`, ...names).toArray().length > 0)
      return false;
    const last = "SELECT hash FROM records WHERE task = ? ORDER BY seq DESC LIMIT 1";
    const [before] = sql.exec<{ hash: string }>(last, task).toArray();
    const hash = createHash("sha256")
      .update(`${before?.hash ?? ""}\n${record}`)
      .digest("base64url");
    sql.exec("INSERT INTO records (id, task, hash, record) VALUES (?, ?, ?, ?)", id, task, hash, record);
    return true;
  }

  settle(id: string, status: number, milliseconds: number): void {
    this.ctx.storage.sql.exec("UPDATE records SET status = ?, milliseconds = ? WHERE id = ?", status, milliseconds, id);
  }

  find(id: string): Found | undefined {
    const [row] = this.ctx.storage.sql.exec<Row>("SELECT * FROM records WHERE id = ?", id).toArray();
    if (row === undefined) return undefined;
    const { task, record, status, milliseconds } = row;
    return { task, record: { ...JSON.parse(record), ...(status !== null && { upstream: { status, milliseconds } }) } };
  }

  revoke(name: string): void {
    this.ctx.storage.sql.exec("INSERT OR IGNORE INTO revoked VALUES (?)", name);
  }
}
