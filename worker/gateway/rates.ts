/** Rates, by the generic cell rate algorithm (ITU-T I.371): one number for each caller or subject. */
import { DurableObject } from "cloudflare:workers";

export interface Rate {
  readonly requests: number;
  readonly seconds: number;
}

/**
 * Whether one more request conforms, at a time in milliseconds. Pure.
 *
 * @param due the theoretical arrival time of the next request; undefined before the first
 * @returns the next due time, or how many milliseconds to wait
 */
export function conform(
  due: number | undefined,
  { requests, seconds }: Rate,
  now: number,
): { readonly due: number } | { readonly wait: number } {
  const interval = (seconds * 1000) / requests;
  const next = Math.max(due ?? 0, now) + interval;
  const wait = next - seconds * 1000 - now;
  return wait > 0 ? { wait } : { due: next };
}

export class Limits extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS limits (name TEXT PRIMARY KEY, due REAL NOT NULL) WITHOUT ROWID;
       CREATE INDEX IF NOT EXISTS limits_due ON limits (due)`,
    );
  }

  /** Takes one request. @returns milliseconds to wait; 0 if it may proceed */
  async take(name: string, rate: Rate): Promise<number> {
    const { storage } = this.ctx;
    const [row] = storage.sql.exec<{ due: number }>("SELECT due FROM limits WHERE name = ?", name).toArray();
    const verdict = conform(row?.due, rate, Date.now());
    if ("wait" in verdict) return verdict.wait;
    storage.sql.exec(
      "INSERT INTO limits VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET due = excluded.due",
      name,
      verdict.due,
    );
    if ((await storage.getAlarm()) === null) await storage.setAlarm(verdict.due + 1000);
    return 0;
  }

  /** Forgets callers whose rate is fully available again. */
  override async alarm(): Promise<void> {
    const { storage } = this.ctx;
    storage.sql.exec("DELETE FROM limits WHERE due <= ?", Date.now());
    const { due } = storage.sql.exec<{ due: number | null }>("SELECT MIN(due) AS due FROM limits").one();
    if (due !== null) await storage.setAlarm(due + 1000);
  }
}
