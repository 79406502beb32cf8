/**
 * The sums of all isolates. Each isolate counts separately and sends its counts every few seconds, in the background
 * (batches.ts); no request waits for this object.
 */
import { DurableObject } from "cloudflare:workers";
import { createRegister, type Register, type Series } from "./series.ts";

/**
 * Most series that are kept separately: routes, rules and statuses are few, and callers' values are not part of them.
 */
export const MOST_SERIES = 5000;
export const TOTALS_NAME = "totals";

export class Totals extends DurableObject {
  readonly #register: Register = createRegister(MOST_SERIES);

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    const { sql } = ctx.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS series (key TEXT PRIMARY KEY, series TEXT NOT NULL) WITHOUT ROWID");
    for (const { series } of sql.exec<{ series: string }>("SELECT series FROM series").toArray())
      this.#register.add(JSON.parse(series) as Series);
  }

  /** Adds what an isolate has counted since its last call. */
  add(series: readonly Series[]): void {
    const changed = new Map(series.map((each) => this.#register.add(each)));
    this.ctx.storage.transactionSync(() => {
      for (const [key, total] of changed)
        this.ctx.storage.sql.exec("INSERT OR REPLACE INTO series VALUES (?, ?)", key, JSON.stringify(total));
    });
  }

  all(): Series[] {
    return this.#register.all();
  }
}
