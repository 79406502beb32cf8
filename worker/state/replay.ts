/** Proofs that were seen, each until it would be too old anyway. Sharded by the key that made them. */
import { DurableObject } from "cloudflare:workers";

export class Replay extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS seen (proof TEXT PRIMARY KEY, expires INTEGER NOT NULL)");
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
    if ((await storage.getAlarm()) === null) await storage.setAlarm((expires + 1) * 1000);
    return rowsWritten > 0;
  }

  /** Whether a proof was seen. */
  seen(proof: string): boolean {
    return this.ctx.storage.sql.exec("SELECT 1 FROM seen WHERE proof = ?", proof).toArray().length > 0;
  }

  /** Forgets what has expired, and comes again while anything is left. */
  override async alarm(): Promise<void> {
    const { storage } = this.ctx;
    storage.sql.exec("DELETE FROM seen WHERE expires < ?", Math.floor(Date.now() / 1000));
    const [next] = storage.sql.exec<{ expires: number | null }>("SELECT MIN(expires) AS expires FROM seen").toArray();
    if (typeof next?.expires === "number") await storage.setAlarm((next.expires + 1) * 1000);
  }
}

const SHARDS = 256;

/** Name of the shard that remembers a key's proofs. */
export function replayShard(thumbprint: string): string {
  let sum = 0;
  for (const character of thumbprint) sum = (sum * 31 + character.charCodeAt(0)) % SHARDS;
  return `shard-${sum}`;
}
