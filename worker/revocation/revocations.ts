/**
 * The list of revocations, in order, each for as long as it can matter. Admissions are checked in the ledger's shards,
 * so every revocation is sent to all shards, and acknowledged when all of them have it.
 */
import { DurableObject } from "cloudflare:workers";
import type { Authority } from "../chain/types.ts";
import { wakeBy } from "../expiring.ts";
import { LIFTED, type Revocation } from "../ledger/admission.ts";
import type { RevocationList } from "../ledger/revoked.ts";
import type { Ledger } from "../ledger/shard.ts";
import type { RevocationLimits } from "./limits.ts";

/** Most revocations in one call to a shard. */
const PAGE = 1000;
/** Seconds for which a revocation is kept after everything that it could end has expired, because clocks may differ. */
const SPARE = 300;
const PRUNE_MS = 600_000;
/** Milliseconds to wait for a shard, and until the next try. */
const TELL_MS = 2000;
const RETRY_MS = 1000;

interface RevocationsEnv {
  readonly LEDGER: DurableObjectNamespace<Ledger>;
}

type Row = { seq: number; key: string; before: number | null; until: number | null };

export class Revocations extends DurableObject<RevocationsEnv> implements Pick<RevocationList, "join"> {
  constructor(ctx: DurableObjectState, env: RevocationsEnv) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS revocations (seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, before INTEGER, until INTEGER, time TEXT NOT NULL, reason TEXT NOT NULL)",
    );
    sql.exec("CREATE INDEX IF NOT EXISTS revocations_key ON revocations (key)");
    sql.exec("CREATE INDEX IF NOT EXISTS revocations_until ON revocations (until) WHERE until IS NOT NULL");
    sql.exec("CREATE TABLE IF NOT EXISTS shards (name TEXT PRIMARY KEY, told INTEGER NOT NULL) WITHOUT ROWID");
  }

  /**
   * Revokes, and sends it to every shard.
   *
   * @param keys made by `keysToRevoke`
   * @returns the shards that could not be reached; delivery is retried until they have it
   */
  async revoke(keys: readonly string[], reason: string, limits: RevocationLimits = {}): Promise<string[]> {
    this.#write(keys, reason, limits);
    const pending = await this.#tellAll();
    if (limits.until !== undefined) await this.#comeBack(PRUNE_MS);
    if (pending.length > 0) await this.#comeBack(RETRY_MS);
    return pending;
  }

  /**
   * Lifts permanent revocations: what these keys revoked is valid again, unless other keys revoke it.
   *
   * @returns the shards that could not be reached yet
   */
  async lift(keys: readonly string[], reason: string): Promise<string[]> {
    const { sql } = this.ctx.storage;
    for (const key of keys) {
      if (sql.exec("SELECT seq FROM revocations WHERE key = ? LIMIT 1", key).toArray().length === 0) continue;
      sql.exec("DELETE FROM revocations WHERE key = ?", key);
      const time = new Date().toISOString();
      sql.exec(
        "INSERT INTO revocations (key, before, until, time, reason) VALUES (?, ?, NULL, ?, ?)",
        ...[key, LIFTED, time, reason],
      );
    }
    const pending = await this.#tellAll();
    if (pending.length > 0) await this.#comeBack(RETRY_MS);
    return pending;
  }

  /**
   * A shard that starts fetches all revocations, page by page. With the last page it is subscribed to new ones.
   *
   * @param after number of the last revocation that it has
   */
  join(shard: string, after: number): { readonly revocations: Revocation[]; readonly more: boolean } {
    const revocations = this.#since(after);
    const more = revocations.length === PAGE;
    const told = revocations.at(-1)?.seq ?? after;
    if (!more) this.ctx.storage.sql.exec("INSERT OR REPLACE INTO shards VALUES (?, ?)", shard, told);
    return { revocations, more };
  }

  /** Whether an authority without a task is revoked: a person at the console, a client. */
  anyRevoked({ keys, issued }: Authority): boolean {
    const found = this.ctx.storage.sql.exec(
      "SELECT key FROM revocations WHERE key IN (SELECT value FROM json_each(?)) AND (before IS NULL OR before >= ?) LIMIT 1",
      JSON.stringify(keys),
      issued,
    );
    return found.toArray().length > 0;
  }

  /** The last ones with their reasons, newest first. */
  latest(limit: number): { key: string; before: number | null; time: string; reason: string }[] {
    return this.ctx.storage.sql
      .exec<{ key: string; before: number | null; time: string; reason: string }>(
        "SELECT key, before, time, reason FROM revocations ORDER BY seq DESC LIMIT ?",
        limit,
      )
      .toArray();
  }

  /** Shards that do not have every revocation yet. */
  pending(): string[] {
    const rows = this.ctx.storage.sql.exec<{ name: string }>(
      "SELECT name FROM shards WHERE told < (SELECT ifnull(max(seq), 0) FROM revocations)",
    );
    return rows.toArray().map(({ name }) => name);
  }

  /** Sends to every shard what it does not have yet, and removes revocations that no longer have an effect. */
  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    const pending = await this.#tellAll();
    // A shard that is behind still needs expired revocations, if only for their number.
    if (pending.length > 0) return this.#comeBack(RETRY_MS);
    sql.exec("DELETE FROM revocations WHERE until < ?", Math.floor(Date.now() / 1000) - SPARE);
    const left = sql.exec("SELECT seq FROM revocations WHERE until IS NOT NULL LIMIT 1").toArray();
    if (left.length > 0) await this.#comeBack(PRUNE_MS);
  }

  #write(keys: readonly string[], reason: string, { before, until }: RevocationLimits): void {
    const { sql } = this.ctx.storage;
    const time = new Date().toISOString();
    for (const key of keys) {
      const known = sql.exec(
        "SELECT seq FROM revocations WHERE key = ? AND (before IS NULL OR before >= ?) AND (until IS NULL OR until >= ?) LIMIT 1",
        key,
        before ?? Number.MAX_SAFE_INTEGER,
        until ?? Number.MAX_SAFE_INTEGER,
      );
      if (known.toArray().length > 0) continue;
      sql.exec(
        "INSERT INTO revocations (key, before, until, time, reason) VALUES (?, ?, ?, ?, ?)",
        ...[key, before ?? null, until ?? null, time, reason],
      );
    }
  }

  #since(after: number): Revocation[] {
    return this.ctx.storage.sql
      .exec<Row>("SELECT seq, key, before, until FROM revocations WHERE seq > ? ORDER BY seq LIMIT ?", after, PAGE)
      .toArray();
  }

  async #tellAll(): Promise<string[]> {
    const names = this.pending();
    const told = await Promise.all(names.map((name) => inTime(this.#tell(name)).catch(() => false)));
    return names.filter((_, index) => told[index] === false);
  }

  async #tell(name: string): Promise<true> {
    const { sql } = this.ctx.storage;
    const shard = this.env.LEDGER.getByName(name);
    for (let more = true; more; ) {
      const { told } = sql.exec<{ told: number }>("SELECT told FROM shards WHERE name = ?", name).one();
      const revocations = this.#since(told);
      await shard.hear(revocations);
      sql.exec("UPDATE shards SET told = max(told, ?) WHERE name = ?", revocations.at(-1)?.seq ?? told, name);
      more = revocations.length === PAGE;
    }
    return true;
  }

  /** @param milliseconds until the alarm at the latest */
  #comeBack(milliseconds: number): Promise<void> {
    return wakeBy(this.ctx.storage, Date.now() + milliseconds);
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), TELL_MS);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
