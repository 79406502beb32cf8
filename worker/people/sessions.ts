/** Secrets of people: sessions at the console and before OAuth clients, and one-time tokens. Only their hashes are kept. */
import { DurableObject } from "cloudflare:workers";
import { clearAfter, clearExpired } from "../expiring.ts";

export const SESSIONS_NAME = "global";

export type SecretKind = "session" | "token" | "person";

export class Sessions extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS secrets (kind TEXT NOT NULL, hash TEXT NOT NULL, value TEXT NOT NULL, expires INTEGER NOT NULL,
       PRIMARY KEY (kind, hash));
       CREATE INDEX IF NOT EXISTS secrets_expires ON secrets (expires)`,
    );
  }

  /** @param expires seconds since the epoch */
  async put(kind: SecretKind, hash: string, value: string, expires: number): Promise<void> {
    this.ctx.storage.sql.exec("INSERT INTO secrets VALUES (?, ?, ?, ?)", kind, hash, value, expires);
    await clearAfter(this.ctx.storage, expires);
  }

  read(kind: SecretKind, hash: string): string | undefined {
    const [row] = this.ctx.storage.sql
      .exec<{ value: string }>(
        "SELECT value FROM secrets WHERE kind = ? AND hash = ? AND expires > ?",
        ...[kind, hash, Math.floor(Date.now() / 1000)],
      )
      .toArray();
    return row?.value;
  }

  /** Reads a secret and deletes it, in one step. */
  take(kind: SecretKind, hash: string): string | undefined {
    const value = this.read(kind, hash);
    this.ctx.storage.sql.exec("DELETE FROM secrets WHERE kind = ? AND hash = ?", kind, hash);
    return value;
  }

  override alarm(): Promise<void> {
    return clearExpired(this.ctx.storage, "secrets");
  }
}
