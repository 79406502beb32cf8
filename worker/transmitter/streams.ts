/**
 * The streams of security events: a Durable Object for each receiver. Waiting events are polled, or pushed repeatedly
 * for a day; those that were refused, or not delivered within a day, are parked for operators.
 */
import { DurableObject } from "cloudflare:workers";
import type { EventReceiver } from "../config.ts";
import { wakeBy } from "../expiring.ts";
import { logEvent } from "../log.ts";
import { pushSet } from "./push.ts";
import type { SignedSet } from "./set.ts";
import { deliveredIn, methodOf, PUSH, type StreamTerms } from "./stream.ts";

export type StreamStatus = "enabled" | "paused" | "disabled";

/** A stream now; `exists` until its receiver deletes it. */
export interface StreamState {
  readonly exists: boolean;
  readonly status: StreamStatus;
  /** The reason from the receiver. */
  readonly reason?: string | undefined;
  readonly terms: StreamTerms;
}

export interface Polled {
  /** SETs by their `jti`. */
  readonly sets: Readonly<Record<string, string>>;
  readonly more: boolean;
}

export interface Parked {
  readonly jti: string;
  readonly event: string;
  /** ISO 8601, when it was added to the stream. */
  readonly time: string;
  readonly why: string;
}

export interface StreamReport {
  readonly status: StreamStatus | "deleted";
  readonly waiting: number;
  /** Newest first. */
  readonly parked: readonly Parked[];
  /** Number of events that were lost because too many waited. */
  readonly dropped: number;
  /** Why the last attempt failed; absent if it succeeded. */
  readonly failing?: string;
}

/** Most events of a stream, including parked ones; the oldest is dropped first. */
const MOST = 1000;
const SECOND_MS = 1000;
const DAY_MS = 24 * 3600 * SECOND_MS;
/** Milliseconds for which parked and unpolled events are kept. */
const KEPT_MS = 7 * DAY_MS;
/** Milliseconds between two attempts, doubled after each failure. */
const FIRST_PAUSE_MS = 5 * SECOND_MS;
const LONGEST_PAUSE_MS = 900 * SECOND_MS;
const MOST_AT_A_TIME = 100;
const MOST_PARKED_SHOWN = 100;

const NEW: StreamState = { exists: true, status: "enabled", terms: {} };

const TABLES = `
CREATE TABLE IF NOT EXISTS events (n INTEGER PRIMARY KEY AUTOINCREMENT, jti TEXT UNIQUE NOT NULL, uri TEXT NOT NULL, jws TEXT NOT NULL,
  added INTEGER NOT NULL, parked TEXT);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`;

type Row = { n: number; jti: string; uri: string; jws: string; added: number };

export interface StreamEdges {
  receiver(id: string): EventReceiver | undefined;
  fetch(request: Request): Promise<Response>;
}

export class Streams extends DurableObject<unknown> {
  readonly #edges: StreamEdges;
  #arrived = Promise.withResolvers<void>();

  constructor(ctx: DurableObjectState, env: unknown, edges: StreamEdges) {
    super(ctx, env);
    this.#edges = edges;
    ctx.storage.sql.exec(TABLES);
  }

  state(): StreamState {
    const kept = this.#fact("state");
    return kept === undefined ? NEW : (JSON.parse(kept) as StreamState);
  }

  /** Events are deleted with the stream, or when it is disabled (SSF 1.0, section 8.1.2.1). */
  async change(state: StreamState): Promise<void> {
    this.#keep("state", JSON.stringify(state));
    if (!state.exists || state.status === "disabled") this.ctx.storage.sql.exec("DELETE FROM events");
    await this.#wake();
  }

  /** @param always for events about the stream itself, which every receiver gets */
  async add({ jti, uri, jws }: SignedSet, always = false): Promise<void> {
    const { exists, status, terms } = this.state();
    const receiver = this.#receiver();
    if (!exists || status === "disabled" || receiver === undefined) return;
    if (!always && !deliveredIn(receiver, terms).includes(uri)) return;
    const { sql } = this.ctx.storage;
    sql.exec("INSERT OR IGNORE INTO events (jti, uri, jws, added) VALUES (?, ?, ?, ?)", jti, uri, jws, Date.now());
    const { rowsWritten } = sql.exec(
      `DELETE FROM events WHERE n IN (SELECT n FROM events ORDER BY n DESC LIMIT -1 OFFSET ${MOST})`,
    );
    if (rowsWritten > 0) this.#keep("dropped", String(Number(this.#fact("dropped") ?? 0) + 1));
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
    await this.#wake();
  }

  /** Whether a verification may be requested now. @param interval seconds */
  mayVerify(interval: number): boolean {
    const now = Date.now();
    if (now - Number(this.#fact("verified") ?? 0) < interval * SECOND_MS) return false;
    this.#keep("verified", String(now));
    return true;
  }

  /**
   * Waiting events, oldest first (RFC 8936). They are returned again until they are acknowledged.
   *
   * @param acknowledged `jti`s; unknown ones are ignored
   * @param errors refused events, by `jti`
   * @param wait most milliseconds to wait for an event
   */
  async poll(
    most: number,
    acknowledged: readonly string[],
    errors: Readonly<Record<string, string>>,
    wait: number,
  ): Promise<Polled> {
    const { sql } = this.ctx.storage;
    sql.exec("DELETE FROM events WHERE jti IN (SELECT value FROM json_each(?))", JSON.stringify(acknowledged));
    for (const [jti, why] of Object.entries(errors)) this.#park(jti, why);
    if (this.state().status !== "enabled") return { sets: {}, more: false };
    const some = (): Row[] => this.#waiting(most + 1);
    let rows = some();
    if (rows.length === 0 && most > 0 && wait > 0) {
      await Promise.race([this.#arrived.promise, scheduler.wait(wait)]);
      rows = this.state().status === "enabled" ? some() : [];
    }
    return {
      sets: Object.fromEntries(rows.slice(0, most).map(({ jti, jws }) => [jti, jws])),
      more: rows.length > most,
    };
  }

  report(): StreamReport {
    const { sql } = this.ctx.storage;
    const { exists, status } = this.state();
    const { waiting } = sql
      .exec<{ waiting: number }>("SELECT count(*) AS waiting FROM events WHERE parked IS NULL")
      .one();
    const parked = sql
      .exec<Row & { parked: string }>(
        `SELECT * FROM events WHERE parked IS NOT NULL ORDER BY n DESC LIMIT ${MOST_PARKED_SHOWN}`,
      )
      .toArray()
      .map(({ jti, uri, added, parked: why }) => ({ jti, event: uri, time: new Date(added).toISOString(), why }));
    const failing = this.#fact("failing");
    return {
      status: exists ? status : "deleted",
      waiting,
      parked,
      dropped: Number(this.#fact("dropped") ?? 0),
      ...(failing && { failing }),
    };
  }

  /** Parked events wait again, as if they were new. */
  async retry(): Promise<void> {
    const { sql } = this.ctx.storage;
    sql.exec("UPDATE events SET parked = NULL, added = ? WHERE parked IS NOT NULL", Date.now());
    this.#keep("failures", "0");
    await this.ctx.storage.setAlarm(Date.now());
  }

  /** Pushes waiting events in order until an attempt fails; removes expired ones. */
  override async alarm(): Promise<void> {
    this.ctx.storage.sql.exec("DELETE FROM events WHERE added < ?", Date.now() - KEPT_MS);
    const again = await this.#pushWaiting();
    const { left } = this.ctx.storage.sql.exec<{ left: number }>("SELECT count(*) AS left FROM events").one();
    if (again !== undefined) await this.ctx.storage.setAlarm(Date.now() + again);
    else if (left > 0) await wakeBy(this.ctx.storage, Date.now() + DAY_MS);
  }

  /** @returns milliseconds until the next attempt; undefined if there is nothing to push */
  async #pushWaiting(): Promise<number | undefined> {
    for (let pushed = 0; pushed < MOST_AT_A_TIME; pushed++) {
      const { exists, status, terms } = this.state();
      const receiver = this.#receiver();
      const [event] = this.#waiting(1);
      if (!exists || status !== "enabled" || event === undefined) return undefined;
      if (receiver?.endpoint === undefined || methodOf(receiver, terms) !== PUSH) return undefined;
      const done = await pushSet(event.jws, receiver.endpoint, terms.authorization, (request) =>
        this.#edges.fetch(request),
      );
      if (done.outcome === "failed") return this.#failed(event, done.why);
      if (done.outcome === "refused") this.#park(event.jti, done.why);
      else this.ctx.storage.sql.exec("DELETE FROM events WHERE n = ?", event.n);
      this.#keep("failures", "0");
      this.#keep("failing", "");
    }
    return 0;
  }

  #failed({ jti, added }: Row, why: string): number {
    const failures = Number(this.#fact("failures") ?? 0);
    this.#keep("failures", String(failures + 1));
    this.#keep("failing", why);
    if (Date.now() - added > DAY_MS) this.#park(jti, `not delivered within a day: ${why}`);
    return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 20), LONGEST_PAUSE_MS);
  }

  #park(jti: string, why: string): void {
    const { rowsWritten } = this.ctx.storage.sql.exec(
      "UPDATE events SET parked = ? WHERE jti = ? AND parked IS NULL",
      why.slice(0, 200),
      jti,
    );
    if (rowsWritten > 0) logEvent("event_parked", { about: { receiver: this.ctx.id.name, jti } });
  }

  #waiting(most: number): Row[] {
    return this.ctx.storage.sql
      .exec<Row>("SELECT * FROM events WHERE parked IS NULL ORDER BY n LIMIT ?", most)
      .toArray();
  }

  /** After a failure the next attempt is not earlier because new events arrive. */
  async #wake(): Promise<void> {
    await wakeBy(this.ctx.storage, Date.now() + (Number(this.#fact("failures") ?? 0) > 0 ? LONGEST_PAUSE_MS : 0));
  }

  #receiver(): EventReceiver | undefined {
    return this.#edges.receiver(this.ctx.id.name as string);
  }

  #fact(name: string): string | undefined {
    return this.ctx.storage.sql.exec<{ value: string }>("SELECT value FROM facts WHERE name = ?", name).toArray()[0]
      ?.value;
  }

  #keep(name: string, value: string): void {
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value);
  }
}
