/**
 * The ledger of one task: a Durable Object named by the task's identity. Every entry holds the hash of the one before, so that
 * none can be changed, removed or put between others without breaking the chain of hashes.
 */
import { DurableObject } from "cloudflare:workers";
import { verificationCore } from "../core.ts";
import { type Decisions, decisionShard } from "./decisions.ts";
import { GENESIS, hashEntry, type LedgerEntry } from "./entry.ts";
import { type ArchiveMessage, batchesOf, sendable } from "./event.ts";
import { indexRecord } from "./summary.ts";

/** SQLite rows come back under their column names (SCHEMA.md). */
type Row = Record<"seq" | "id" | "prev" | "hash" | "record", SqlStorageValue>;

/** Milliseconds for which new entries are gathered before the index and the long-term store are told. */
const GATHER_MS = 1000;
const RETRY_MS = 5000;
/** Entries that one alarm tells of. */
const BATCH = 200;

interface LedgerEnv {
  readonly DECISIONS: DurableObjectNamespace<Decisions>;
  readonly ARCHIVE_QUEUE: Queue<ArchiveMessage>;
}

export class Ledger extends DurableObject<LedgerEnv> {
  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL, record TEXT NOT NULL)",
    );
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, task TEXT NOT NULL)");
  }

  /**
   * Appends a record once: a second append of the same id changes nothing, so writers may try again.
   *
   * @param task the task: the object's own name
   * @param id the decision's id
   * @param record JSON text, kept to the byte
   */
  async append(task: string, id: string, record: string): Promise<{ readonly seq: number }> {
    const { sql } = this.ctx.storage;
    const [known] = sql.exec<{ seq: number }>("SELECT seq FROM entries WHERE id = ?", id).toArray();
    if (known !== undefined) return known;
    const [last] = sql
      .exec<{ seq: number; hash: string }>("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1")
      .toArray();
    const seq = (last?.seq ?? 0) + 1;
    const prev = last?.hash ?? GENESIS;
    // While anything waits in the outbox an alarm is set, or at work.
    const awake = sql.exec("SELECT seq FROM outbox LIMIT 1").toArray().length > 0;
    const hash = hashEntry({ seq, prev, record }, verificationCore().sha256);
    sql.exec("INSERT INTO entries (seq, id, prev, hash, record) VALUES (?, ?, ?, ?, ?)", seq, id, prev, hash, record);
    sql.exec("INSERT INTO outbox (seq, task) VALUES (?, ?)", seq, task);
    if (!awake) await this.ctx.storage.setAlarm(Date.now() + GATHER_MS);
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

  /** Tells the index and the long-term store about new entries, many at a time, until both have them. */
  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    const rows = sql
      .exec<Row & { task: string }>("SELECT * FROM outbox NATURAL JOIN entries ORDER BY seq LIMIT ?", BATCH)
      .toArray();
    if (rows.length === 0) return;
    // An alarm that throws is given up after six tries: this one comes again for as long as it takes.
    await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    const messages = rows.map((row) => ({ task: row.task, entry: entryOf(row) }));
    try {
      // What one batch has told is not told again because of the next.
      for (const batch of batchesOf(messages.map(toSendable))) await this.#tell(batch);
    } catch (error) {
      console.warn(JSON.stringify({ event: "ledger_outbox_waits", entries: rows.length, error: String(error) }));
      return;
    }
    const [more] = sql.exec("SELECT seq FROM outbox LIMIT 1").toArray();
    if (more === undefined) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Date.now());
  }

  async #tell(batch: readonly ArchiveMessage[]): Promise<void> {
    const indexed = batch.flatMap(({ task, entry: { record } }) =>
      record === undefined ? [] : (indexRecord(task, record) ?? []),
    );
    for (const [shard, some] of Map.groupBy(indexed, ({ summary }) => decisionShard(summary.id))) {
      await this.env.DECISIONS.getByName(shard).add(some);
    }
    await this.env.ARCHIVE_QUEUE.sendBatch(batch.map((body) => ({ body })));
    this.ctx.storage.sql.exec("DELETE FROM outbox WHERE seq <= ?", batch.at(-1)?.entry.seq ?? 0);
  }
}

function toSendable(message: ArchiveMessage): ArchiveMessage {
  const sent = sendable(message);
  if (sent !== message) {
    const { task, entry } = message;
    console.error(
      JSON.stringify({ event: "ledger_entry_sent_without_record", task, seq: entry.seq, hash: entry.hash }),
    );
  }
  return sent;
}

function entryOf({ seq, prev, hash, record }: Row): LedgerEntry {
  return { seq: Number(seq), prev: String(prev), hash: String(hash), record: String(record) };
}
