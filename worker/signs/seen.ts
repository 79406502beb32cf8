/**
 * The facts that each caller had before: a Durable Object, sharded by caller. It is used in the background; only
 * requests whose policies read `context.signs` wait for it. Only admitted requests are written here.
 */
import { DurableObject } from "cloudflare:workers";
import type { SignSettings } from "../config.ts";
import { wakeBy } from "../expiring.ts";
import { type Steps, toTheEnd } from "../steps.ts";
import type { Known } from "./sign.ts";

/** Most callers of one shard; beyond it, the oldest are forgotten. */
const MOST_CALLERS = 10_000;
/** Callers whose old facts are forgotten in a step. */
const STEP = 100;
const DAY_MS = 24 * 3600 * 1000;

/** `seen`: facts by their digests. `callers`: `denied` counts the denials since `since`; `burst` is when they last became one. */
const TABLES = `
CREATE TABLE IF NOT EXISTS seen (caller TEXT NOT NULL, fact TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (caller, fact)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_last ON seen (caller, last);
CREATE TABLE IF NOT EXISTS callers (caller TEXT PRIMARY KEY, last INTEGER NOT NULL, depth INTEGER, since INTEGER NOT NULL,
  denied INTEGER NOT NULL, burst INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS callers_oldest ON callers (depth IS NOT NULL, last);`;

type Limits = Pick<SignSettings, "keep_days" | "most" | "denials">;

export class Seen extends DurableObject<unknown> {
  readonly #limits: Limits;

  /** @param limits of the configuration */
  constructor(ctx: DurableObjectState, env: unknown, limits: Limits) {
    super(ctx, env);
    this.#limits = limits;
    ctx.storage.sql.exec(TABLES);
  }

  /** Which of these facts were seen before. Writes nothing. */
  look(caller: string, digests: readonly string[]): Known {
    const { sql } = this.ctx.storage;
    const rows = sql.exec<{ fact: string; last: number }>(
      "SELECT fact, last FROM seen WHERE caller = ? AND fact IN (SELECT value FROM json_each(?))",
      ...[caller, JSON.stringify(digests)],
    );
    const last = Object.fromEntries(rows.toArray().map((row) => [row.fact, row.last]));
    const [known] = sql
      .exec<{ depth: number | null; burst: number }>("SELECT depth, burst FROM callers WHERE caller = ?", caller)
      .toArray();
    return { last, depth: known?.depth ?? undefined, burst: known?.burst ?? 0 };
  }

  /**
   * Stores the facts of an admitted request. @returns which were seen before; of concurrent requests only one finds a
   * fact new
   */
  async see(caller: string, digests: readonly string[], depth: number): Promise<Known> {
    const { storage } = this.ctx;
    const now = Date.now();
    const before = storage.transactionSync(() => {
      const known = this.look(caller, digests);
      const isNew = this.#isNew(caller);
      for (const fact of digests) storage.sql.exec("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", caller, fact, now);
      storage.sql.exec(
        `INSERT INTO callers VALUES (?, ?, ?, 0, 0, 0) ON CONFLICT (caller) DO UPDATE
         SET last = excluded.last, depth = max(ifnull(depth, 0), excluded.depth)`,
        ...[caller, now, depth],
      );
      if (digests.some((fact) => known.last[fact] === undefined)) this.#boundFacts(caller);
      if (isNew) this.#boundCallers();
      return known;
    });
    await wakeBy(storage, now + DAY_MS);
    return before;
  }

  /** Counts a denied request of the caller. @returns whether its denials have just become a burst */
  async deny(caller: string): Promise<boolean> {
    const { storage } = this.ctx;
    const now = Date.now();
    const { count, seconds } = this.#limits.denials;
    const since = now - (now % (seconds * 1000));
    const isNew = this.#isNew(caller);
    const [row] = storage.sql
      .exec<{ denied: number }>(
        `INSERT INTO callers VALUES (?1, ?2, NULL, ?3, 1, 0) ON CONFLICT (caller) DO UPDATE SET last = ?2,
         denied = CASE WHEN since = ?3 THEN denied + 1 ELSE 1 END, since = ?3 RETURNING denied`,
        ...[caller, now, since],
      )
      .toArray();
    const isBurst = row?.denied === count;
    if (isBurst) storage.sql.exec("UPDATE callers SET burst = ? WHERE caller = ?", now, caller);
    if (isNew) this.#boundCallers();
    await wakeBy(storage, now + DAY_MS);
    return isBurst;
  }

  /** Forgets what was not seen for `keep_days`. */
  override async alarm(): Promise<void> {
    const { storage } = this.ctx;
    await toTheEnd(this.#forget(Date.now() - this.#limits.keep_days * DAY_MS));
    if (storage.sql.exec("SELECT 1 FROM callers LIMIT 1").toArray().length > 0)
      await storage.setAlarm(Date.now() + DAY_MS);
  }

  /** @param before milliseconds since the epoch */
  *#forget(before: number): Steps {
    const { sql } = this.ctx.storage;
    for (let some = this.#callersAfter(""); some.length > 0; some = this.#callersAfter(some.at(-1) as string)) {
      sql.exec(
        "DELETE FROM seen WHERE caller IN (SELECT value FROM json_each(?)) AND last < ?",
        ...[JSON.stringify(some), before],
      );
      yield;
    }
    sql.exec("DELETE FROM callers WHERE (depth IS NOT NULL) IN (0, 1) AND last < ?", before);
  }

  #isNew(caller: string): boolean {
    return this.ctx.storage.sql.exec("SELECT 1 FROM callers WHERE caller = ?", caller).toArray().length === 0;
  }

  /** The next callers by their names. */
  #callersAfter(name: string): string[] {
    const { sql } = this.ctx.storage;
    const rows = sql.exec<{ caller: string }>(
      "SELECT caller FROM callers WHERE caller > ? ORDER BY caller LIMIT ?",
      ...[name, STEP],
    );
    return rows.toArray().map(({ caller }) => caller);
  }

  /** Only if a fact is new: the facts are counted. */
  #boundFacts(caller: string): void {
    this.ctx.storage.sql.exec(
      `DELETE FROM seen WHERE caller = ?1 AND fact IN
       (SELECT fact FROM seen WHERE caller = ?1 ORDER BY last DESC LIMIT -1 OFFSET ?2)`,
      ...[caller, this.#limits.most],
    );
  }

  /** Only if a caller is new: the callers are counted. */
  #boundCallers(): void {
    const { sql } = this.ctx.storage;
    const { count } = sql.exec<{ count: number }>("SELECT count(*) AS count FROM callers").one();
    if (count <= MOST_CALLERS) return;
    // Callers that were only denied are removed first, so that they cannot displace an admitted one.
    const [oldest] = sql
      .exec<{ caller: string }>("SELECT caller FROM callers ORDER BY depth IS NOT NULL, last LIMIT 1")
      .toArray();
    sql.exec("DELETE FROM seen WHERE caller = ?", oldest?.caller ?? "");
    sql.exec("DELETE FROM callers WHERE caller = ?", oldest?.caller ?? "");
  }
}
