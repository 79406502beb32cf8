/** What producer and consumer have on disk, however they end. */
import { existsSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** Payloads that the broker has confirmed to the producer, in order. */
export function confirmedIn(folder: string): string[] {
  const file = `${folder}/confirmed`;
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}

/** What the consumer does: it notes payloads, each with the key of its message in one transaction. */
export class Work {
  readonly #db: DatabaseSync;

  constructor(folder: string) {
    this.#db = new DatabaseSync(`${folder}/work.sqlite`, { timeout: 10_000 });
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY);
      CREATE TABLE IF NOT EXISTS done (payload TEXT);
      CREATE TABLE IF NOT EXISTS repeated (payload TEXT);`);
  }

  /** As a consumer should: of one message the work is done once. */
  do(payload: string, key: string): void {
    this.#db.exec("BEGIN IMMEDIATE");
    const { changes } = this.#db.prepare("INSERT OR IGNORE INTO keys VALUES (?)").run(key);
    this.#db.prepare(`INSERT INTO ${changes === 1 ? "done" : "repeated"} VALUES (?)`).run(payload);
    this.#db.exec("COMMIT");
  }

  done(): string[] {
    return this.#payloadsOf("done");
  }
  /** Deliveries of what was done before. */
  repeated(): string[] {
    return this.#payloadsOf("repeated");
  }
  #payloadsOf(table: string): string[] {
    return this.#db
      .prepare(`SELECT payload FROM ${table}`)
      .all()
      .map(({ payload }) => payload as string);
  }

  close(): void {
    this.#db.close();
  }
}
