/**
 * Clients that have registered themselves (RFC 7591): a bounded number, each kept until it has been unused for a while.
 */
import { DurableObject } from "cloudflare:workers";
import { clearAfter, clearExpired } from "../../expiring.ts";

export const REGISTRATIONS_NAME = "global";

/** Most clients, so that endless registrations cannot fill the store. */
const MOST = 10_000;

export class Registrations extends DurableObject<unknown> {
  /** Of clients; undefined until it is needed, and after some have expired. */
  #count: number | undefined;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS registrations (id TEXT PRIMARY KEY, client TEXT NOT NULL, expires INTEGER NOT NULL)",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS registrations_expires ON registrations (expires)");
  }

  /** @param expires seconds since the epoch @returns false if there is no room */
  async add(id: string, client: string, expires: number): Promise<boolean> {
    const { sql } = this.ctx.storage;
    this.#count ??= sql.exec<{ count: number }>("SELECT count(*) AS count FROM registrations").one().count;
    if (this.#count >= MOST) return false;
    sql.exec("INSERT INTO registrations VALUES (?, ?, ?)", id, client, expires);
    this.#count++;
    await clearAfter(this.ctx.storage, expires);
    return true;
  }

  find(id: string): string | undefined {
    const [row] = this.ctx.storage.sql
      .exec<{ client: string }>("SELECT client FROM registrations WHERE id = ? AND expires > ?", id, seconds())
      .toArray();
    return row?.client;
  }

  /** A person has let it act, so it is kept longer. */
  keep(id: string, expires: number): void {
    this.ctx.storage.sql.exec("UPDATE registrations SET expires = MAX(expires, ?) WHERE id = ?", expires, id);
  }

  override alarm(): Promise<void> {
    this.#count = undefined;
    return clearExpired(this.ctx.storage, "registrations");
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
