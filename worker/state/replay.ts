/**
 * Proofs that were seen, each until it would be too old anyway, sharded by the key that made them; and under which id a
 * message is delivered, sharded by the message.
 */
import { DurableObject } from "cloudflare:workers";

export class Replay extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS seen (proof TEXT PRIMARY KEY, expires INTEGER NOT NULL)");
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS held (message TEXT PRIMARY KEY, delivery TEXT NOT NULL, expires INTEGER NOT NULL)",
    );
  }

  /**
   * Marks a proof as seen, in one step: Durable Objects run one call at a time.
   *
   * @param expires seconds since the epoch
   * @returns false where it was seen before
   */
  async spend(proof: string, expires: number): Promise<boolean> {
    const { storage } = this.ctx;
    const { rowsWritten } = storage.sql.exec(
      "INSERT OR IGNORE INTO seen (proof, expires) VALUES (?, ?)",
      proof,
      expires,
    );
    await this.#comeBack(expires);
    return rowsWritten > 0;
  }

  /**
   * Ties a message to the id that it is delivered under, in one step.
   *
   * @param expires seconds since the epoch
   * @returns false where it was delivered under another id before
   */
  async hold(message: string, delivery: string, expires: number): Promise<boolean> {
    const { sql } = this.ctx.storage;
    sql.exec("INSERT OR IGNORE INTO held (message, delivery, expires) VALUES (?, ?, ?)", message, delivery, expires);
    const { delivery: first } = sql
      .exec<{ delivery: string }>("SELECT delivery FROM held WHERE message = ?", message)
      .one();
    await this.#comeBack(expires);
    return first === delivery;
  }

  /** Whether a proof was seen. */
  seen(proof: string): boolean {
    return this.ctx.storage.sql.exec("SELECT 1 FROM seen WHERE proof = ?", proof).toArray().length > 0;
  }

  /** Forgets what has expired, and comes again while anything is left. */
  override async alarm(): Promise<void> {
    const { storage } = this.ctx;
    const now = Math.floor(Date.now() / 1000);
    for (const table of ["seen", "held"]) storage.sql.exec(`DELETE FROM ${table} WHERE expires < ?`, now);
    const { expires } = storage.sql
      .exec<{ expires: number | null }>(
        "SELECT MIN(expires) AS expires FROM (SELECT expires FROM seen UNION ALL SELECT expires FROM held)",
      )
      .one();
    if (expires !== null) await storage.setAlarm((expires + 1) * 1000);
  }

  async #comeBack(expires: number): Promise<void> {
    const { storage } = this.ctx;
    if ((await storage.getAlarm()) === null) await storage.setAlarm((expires + 1) * 1000);
  }
}
