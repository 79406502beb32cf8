/**
 * The ledger of one task: a Durable Object named by its `txn`. Every entry holds the hash of the one before, so that
 * none can be changed, removed or put between others without breaking the chain of hashes.
 */
import { DurableObject } from "cloudflare:workers";
import { verificationCore } from "../core.ts";
import { type Decisions, decisionShard } from "./decisions.ts";
import { GENESIS, hashEntry, type LedgerEntry } from "./entry.ts";
import type { AuditRecord } from "./record.ts";

/** SQLite rows come back under their column names (SCHEMA.md). */
type Row = Record<"seq" | "id" | "prev" | "hash" | "record", SqlStorageValue>;

/** Milliseconds for which new entries are gathered before they can be found by their id. */
const INDEX_PAUSE_MS = 1000;

interface LedgerEnv {
  readonly DECISIONS: DurableObjectNamespace<Decisions>;
}

export class Ledger extends DurableObject<LedgerEnv> {
  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL, record TEXT NOT NULL)",
    );
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS unindexed (id TEXT PRIMARY KEY)");
  }

  /**
   * Appends a record once: a second append of the same id changes nothing, so writers may try again.
   *
   * @param id the decision's id
   * @param record JSON text, kept to the byte
   */
  async append(id: string, record: string): Promise<{ readonly seq: number }> {
    const { sql } = this.ctx.storage;
    const [known] = sql.exec<Row>("SELECT * FROM entries WHERE id = ?", id).toArray();
    if (known !== undefined) return { seq: Number(known.seq) };
    const [last] = sql.exec<Row>("SELECT * FROM entries ORDER BY seq DESC LIMIT 1").toArray();
    const seq = last === undefined ? 1 : Number(last.seq) + 1;
    const prev = last === undefined ? GENESIS : String(last.hash);
    const hash = hashEntry({ seq, prev, record }, verificationCore().sha256);
    sql.exec("INSERT INTO entries (seq, id, prev, hash, record) VALUES (?, ?, ?, ?, ?)", seq, id, prev, hash, record);
    sql.exec("INSERT INTO unindexed (id) VALUES (?)", id);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + INDEX_PAUSE_MS);
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

  /** Tells the index of decisions about new entries, many at a time. The platform runs it again where it fails. */
  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    const ids = sql
      .exec<{ id: string }>("SELECT id FROM unindexed")
      .toArray()
      .map(({ id }) => id);
    const [first] = ids;
    if (first === undefined) return;
    const { chain } = JSON.parse(this.find(first)?.record as string) as AuditRecord;
    // What names no task is in no ledger of the gateway's.
    if (chain === undefined) return;
    const { txn } = chain;
    for (const [shard, some] of Map.groupBy(ids, decisionShard)) {
      await this.env.DECISIONS.getByName(shard).add(txn, some);
      for (const id of some) sql.exec("DELETE FROM unindexed WHERE id = ?", id);
    }
  }
}

function entryOf({ seq, prev, hash, record }: Row): LedgerEntry {
  return { seq: Number(seq), prev: String(prev), hash: String(hash), record: String(record) };
}
