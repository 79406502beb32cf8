/** Every release of a policy set (worker/policy/release.ts), as JSON text, in order: the one place that numbers them, so that two publishers cannot both be next. */
import { DurableObject } from "cloudflare:workers";

export const RELEASES_NAME = "global";

export class Releases extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS releases (seq INTEGER PRIMARY KEY, release TEXT NOT NULL, jws TEXT NOT NULL)",
    );
  }

  /** False where another number is next. The last one again is no error: its writer may not have heard that it succeeded. */
  append(seq: number, release: string, jws: string): boolean {
    const { sql } = this.ctx.storage;
    const [last] = sql
      .exec<{ seq: number; jws: string }>("SELECT seq, jws FROM releases ORDER BY seq DESC LIMIT 1")
      .toArray();
    if (last?.seq === seq && last.jws === jws) return true;
    if (seq !== (last?.seq ?? 0) + 1) return false;
    sql.exec("INSERT INTO releases (seq, release, jws) VALUES (?, ?, ?)", seq, release, jws);
    return true;
  }

  /** Newest first. */
  list(): string[] {
    const rows = this.ctx.storage.sql
      .exec<{ release: string }>("SELECT release FROM releases ORDER BY seq DESC")
      .toArray();
    return rows.map(({ release }) => release);
  }
}
