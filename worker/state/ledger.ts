/**
 * The ledger of one task: a Durable Object named by its `txn`. Every entry holds the hash of the one before, so that
 * none can be changed, removed or put between others without breaking the chain of hashes.
 */
import { DurableObject } from "cloudflare:workers";
import { verificationCore } from "../core.ts";
import type { LedgerEntry } from "./entry.ts";
import { GENESIS, hashEntry } from "./entry.ts";

/** SQLite rows come back under their column names (SCHEMA.md). */
type Row = Record<"seq" | "id" | "prev" | "hash" | "record", SqlStorageValue>;

export class Ledger extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL, record TEXT NOT NULL)",
    );
  }

  /**
   * Appends a record once: a second append of the same id changes nothing, so writers may try again.
   *
   * @param id the decision's id
   * @param record JSON text, kept to the byte
   */
  append(id: string, record: string): { readonly seq: number } {
    const { sql } = this.ctx.storage;
    const [known] = sql.exec<Row>("SELECT * FROM entries WHERE id = ?", id).toArray();
    if (known !== undefined) return { seq: Number(known.seq) };
    const [last] = sql.exec<Row>("SELECT * FROM entries ORDER BY seq DESC LIMIT 1").toArray();
    const seq = last === undefined ? 1 : Number(last.seq) + 1;
    const prev = last === undefined ? GENESIS : String(last.hash);
    const hash = hashEntry({ seq, prev, record }, verificationCore().sha256);
    sql.exec("INSERT INTO entries (seq, id, prev, hash, record) VALUES (?, ?, ?, ?, ?)", seq, id, prev, hash, record);
    return { seq };
  }

  /** All entries, oldest first. */
  entries(): LedgerEntry[] {
    return this.ctx.storage.sql.exec<Row>("SELECT * FROM entries ORDER BY seq").toArray().map(entryOf);
  }

  /** The entry of a decision. */
  find(id: string): LedgerEntry | undefined {
    return this.ctx.storage.sql.exec<Row>("SELECT * FROM entries WHERE id = ?", id).toArray().map(entryOf)[0];
  }
}

function entryOf({ seq, prev, hash, record }: Row): LedgerEntry {
  return { seq: Number(seq), prev: String(prev), hash: String(hash), record: String(record) };
}
