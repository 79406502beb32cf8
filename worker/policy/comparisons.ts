/** What the candidate set would have decided differently: how often, and the last such requests, with their chains. */
import { DurableObject } from "cloudflare:workers";

export const COMPARISONS_NAME = "global";
const KEPT = 500;

export interface Comparison {
  readonly compared: number;
  readonly differing: number;
  /** JSON text, newest first. */
  readonly differences: readonly string[];
}

export class Comparisons extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS counts (candidate TEXT PRIMARY KEY, compared INTEGER NOT NULL, differing INTEGER NOT NULL)",
    );
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS differences (seq INTEGER PRIMARY KEY AUTOINCREMENT, candidate TEXT NOT NULL, difference TEXT NOT NULL)",
    );
    ctx.storage.sql.exec("CREATE INDEX IF NOT EXISTS differences_candidate ON differences (candidate)");
  }

  /** Counts a request that both sets have decided; `difference` if they disagree. */
  add(candidate: string, difference: string | undefined): void {
    const { sql } = this.ctx.storage;
    sql.exec(
      "INSERT INTO counts (candidate, compared, differing) VALUES (?, 1, ?) ON CONFLICT (candidate) DO UPDATE SET compared = compared + 1, differing = differing + excluded.differing",
      candidate,
      difference === undefined ? 0 : 1,
    );
    if (difference === undefined) return;
    sql.exec("INSERT INTO differences (candidate, difference) VALUES (?, ?)", candidate, difference);
    sql.exec("DELETE FROM differences WHERE seq <= (SELECT MAX(seq) FROM differences) - ?", KEPT);
  }

  read(candidate: string): Comparison {
    const { sql } = this.ctx.storage;
    const [counts] = sql
      .exec<{ compared: number; differing: number }>(
        "SELECT compared, differing FROM counts WHERE candidate = ?",
        candidate,
      )
      .toArray();
    const rows = sql
      .exec<{ difference: string }>(
        "SELECT difference FROM differences WHERE candidate = ? ORDER BY seq DESC",
        candidate,
      )
      .toArray();
    const differences = rows.map(({ difference }) => difference);
    return { compared: counts?.compared ?? 0, differing: counts?.differing ?? 0, differences };
  }
}
