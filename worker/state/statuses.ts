/**
 * Which place of the status list each issued token has, for as long as it lives, and which of them are revoked
 * (draft-ietf-oauth-status-list). What was revoked since the last look is looked up among the living, and what was
 * issued since then among the revoked, so a look costs what is new and not what there ever was.
 */
import { DurableObject } from "cloudflare:workers";
import type { Authority } from "../chain/types.ts";
import type { Revocation } from "./revocation-snapshot.ts";
import { REVOCATIONS_NAME, type Revocations } from "./revocations.ts";
import { PLACES } from "./status.ts";

export const STATUSES_NAME = "1";

/** Tokens whose keys are looked up at a time. */
const PAGE = 200;

interface StatusesEnv {
  readonly REVOCATIONS: DurableObjectNamespace<Revocations>;
}

export class Statuses extends DurableObject<StatusesEnv> {
  #looking: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: StatusesEnv) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS tokens (seq INTEGER PRIMARY KEY AUTOINCREMENT, issued INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0)",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS tokens_expires ON tokens (expires)");
    sql.exec("CREATE INDEX IF NOT EXISTS tokens_revoked ON tokens (revoked) WHERE revoked = 1");
    sql.exec(
      "CREATE TABLE IF NOT EXISTS token_keys (key TEXT NOT NULL, token INTEGER NOT NULL, PRIMARY KEY (key, token)) WITHOUT ROWID",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS token_keys_token ON token_keys (token)");
    sql.exec("CREATE TABLE IF NOT EXISTS looked (revocation INTEGER NOT NULL, token INTEGER NOT NULL)");
    sql.exec("INSERT INTO looked SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM looked)");
  }

  /** @param expires seconds since the epoch. @returns the token's place */
  allocate({ keys, issued }: Authority, expires: number): number {
    const { sql } = this.ctx.storage;
    const { seq } = sql
      .exec<{ seq: number }>("INSERT INTO tokens (issued, expires) VALUES (?, ?) RETURNING seq", issued, expires)
      .one();
    sql.exec("INSERT OR IGNORE INTO token_keys SELECT value, ? FROM json_each(?)", seq, JSON.stringify(keys));
    return seq % PLACES;
  }

  /** The places of tokens that live and are revoked; tokens that have ended are forgotten. */
  async revoked(): Promise<number[]> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    const rows = this.ctx.storage.sql.exec<{ seq: number }>("SELECT seq FROM tokens WHERE revoked = 1").toArray();
    return rows.map(({ seq }) => seq % PLACES);
  }

  async #look(): Promise<void> {
    const { sql } = this.ctx.storage;
    const now = Math.floor(Date.now() / 1000);
    sql.exec("DELETE FROM token_keys WHERE token IN (SELECT seq FROM tokens WHERE expires < ?)", now);
    sql.exec("DELETE FROM tokens WHERE expires < ?", now);
    const store = this.env.REVOCATIONS.getByName(REVOCATIONS_NAME);
    for (let more = true; more; ) {
      const page = await store.since(this.#looked("revocation"));
      this.#mark(page.revocations);
      sql.exec("UPDATE looked SET revocation = MAX(revocation, ?)", page.revocations.at(-1)?.seq ?? 0);
      ({ more } = page);
    }
    while (true) {
      const after = this.#looked("token");
      const fresh = sql
        .exec<{ seq: number }>("SELECT seq FROM tokens WHERE seq > ? ORDER BY seq LIMIT ?", after, PAGE)
        .toArray();
      const last = fresh.at(-1)?.seq;
      if (last === undefined) return;
      const keys = sql
        .exec<{ key: string }>("SELECT DISTINCT key FROM token_keys WHERE token > ? AND token <= ?", after, last)
        .toArray();
      this.#mark(await store.among(keys.map(({ key }) => key)));
      sql.exec("UPDATE looked SET token = ?", last);
    }
  }

  #looked(what: "revocation" | "token"): number {
    return this.ctx.storage.sql.exec<Record<typeof what, number>>("SELECT * FROM looked").one()[what];
  }

  #mark(revocations: readonly Revocation[]): void {
    for (const { key, before } of revocations) {
      this.ctx.storage.sql.exec(
        "UPDATE tokens SET revoked = 1 WHERE issued <= ? AND seq IN (SELECT token FROM token_keys WHERE key = ?)",
        before ?? Number.MAX_SAFE_INTEGER,
        key,
      );
    }
  }
}
