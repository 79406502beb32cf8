/** Which client has which name in chains: the one place that gives them out, so that two clients at once cannot take the same. */
import { DurableObject } from "cloudflare:workers";

export const NAMES_NAME = "global";

export class Names extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS taken (name TEXT PRIMARY KEY, client TEXT NOT NULL)");
  }

  /**
   * Takes a name for a client, beside the one that it may have.
   *
   * @param known whose it is as KV says, which has clients that are older than this table, and may be a minute behind it
   * @returns whose it is
   */
  take(name: string, client: string, known: string | undefined): string {
    const { sql } = this.ctx.storage;
    const [taken] = sql.exec<{ client: string }>("SELECT client FROM taken WHERE name = ?", name).toArray();
    const owner = taken?.client ?? known ?? client;
    if (taken === undefined && owner === client) sql.exec("INSERT INTO taken VALUES (?, ?)", name, client);
    return owner;
  }

  /** Gives back every other name of the client. */
  keepOnly(name: string, client: string): void {
    this.ctx.storage.sql.exec("DELETE FROM taken WHERE client = ? AND name <> ?", client, name);
  }
}
