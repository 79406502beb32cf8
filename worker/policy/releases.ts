/**
 * Every release of a policy set (worker/policy/release.ts), as JSON text, in order. One object numbers them, so that
 * two publishers cannot both be next and an older one cannot come back. It also keeps the bytes of the sets in force.
 */
import { DurableObject } from "cloudflare:workers";

export const RELEASES_NAME = "global";

/** SQLite accepts two megabytes in a row; a set may have eight. */
const PART = 1_000_000;

export class Releases extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS releases (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, hash TEXT, release TEXT NOT NULL, jws TEXT NOT NULL)",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS releases_kind ON releases (kind)");
    sql.exec(
      "CREATE TABLE IF NOT EXISTS sets (hash TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (hash, part))",
    );
  }

  /**
   * False if another number is next. Sending the last one again is not an error: its writer may have missed the answer.
   *
   * @param kind of release: the last of each is in force
   * @param set the set that it names, if it names one
   */
  append(
    { seq, kind, release, jws }: { seq: number; kind: string; release: string; jws: string },
    set?: { hash: string; bytes: Uint8Array<ArrayBuffer> },
  ): boolean {
    const { sql } = this.ctx.storage;
    const [last] = sql
      .exec<{ seq: number; jws: string }>("SELECT seq, jws FROM releases ORDER BY seq DESC LIMIT 1")
      .toArray();
    if (last?.seq === seq && last.jws === jws) return true;
    if (seq !== (last?.seq ?? 0) + 1) return false;
    this.ctx.storage.transactionSync(() => {
      sql.exec("INSERT INTO releases VALUES (?, ?, ?, ?, ?)", seq, kind, set?.hash ?? null, release, jws);
      if (set !== undefined) this.#keep(set.hash, set.bytes);
      // Only sets in force are kept; older sets are in KV, and need a new release.
      sql.exec(
        "DELETE FROM sets WHERE hash NOT IN (SELECT hash FROM releases WHERE hash IS NOT NULL AND seq IN (SELECT MAX(seq) FROM releases GROUP BY kind))",
      );
    });
    return true;
  }

  /** The last release of a kind. */
  last(kind: string): { readonly seq: number; readonly jws: string } | undefined {
    const [row] = this.ctx.storage.sql
      .exec<{ seq: number; jws: string }>(
        "SELECT seq, jws FROM releases WHERE kind = ? ORDER BY seq DESC LIMIT 1",
        kind,
      )
      .toArray();
    return row;
  }

  /** The bytes of a set in force. */
  async set(hash: string): Promise<ArrayBuffer | null> {
    const parts = this.ctx.storage.sql
      .exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM sets WHERE hash = ? ORDER BY part", hash)
      .toArray();
    return parts.length === 0 ? null : new Blob(parts.map(({ bytes }) => bytes)).arrayBuffer();
  }

  /** Newest first. */
  list(): string[] {
    const rows = this.ctx.storage.sql
      .exec<{ release: string }>("SELECT release FROM releases ORDER BY seq DESC")
      .toArray();
    return rows.map(({ release }) => release);
  }

  #keep(hash: string, bytes: Uint8Array<ArrayBuffer>): void {
    const { sql } = this.ctx.storage;
    sql.exec("DELETE FROM sets WHERE hash = ?", hash);
    for (let part = 0; part * PART < bytes.length; part++) {
      sql.exec("INSERT INTO sets VALUES (?, ?, ?)", hash, part, bytes.slice(part * PART, (part + 1) * PART).buffer);
    }
  }
}
