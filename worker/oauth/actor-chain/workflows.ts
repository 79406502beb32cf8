/**
 * Accepted steps of verified workflows (draft-mw-oauth-actor-chain, "Replay and Freshness"), sharded by `acti`: clients
 * may begin any number of workflows, and workerd has files open for each object.
 */
import { DurableObject } from "cloudflare:workers";
import { clearAfter, clearExpired } from "../../expiring.ts";
import type { Successor } from "./successor.ts";

/** Seconds for which a retry gets the same answer: longer than any proof is accepted, since tokens live for minutes. */
const RETAINED = 24 * 3600;

export class Workflows extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS accepted (acti TEXT NOT NULL, prev TEXT NOT NULL, target TEXT NOT NULL, proof TEXT NOT NULL,
         actc TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (acti, prev, target)) WITHOUT ROWID;
       CREATE INDEX IF NOT EXISTS accepted_expires ON accepted (expires)`,
    );
  }

  /**
   * Accepts the only successor of a state for a target.
   *
   * @param proof hash of the step proof
   * @returns the commitment that was accepted, now or the first time; undefined if another proof was accepted before
   */
  async accept({ acti, prev, target }: Successor, proof: string, actc: string): Promise<string | undefined> {
    const { sql } = this.ctx.storage;
    const [known] = sql
      .exec<{ proof: string; actc: string }>(
        "SELECT proof, actc FROM accepted WHERE acti = ? AND prev = ? AND target = ?",
        ...[acti, prev, target],
      )
      .toArray();
    if (known !== undefined) return known.proof === proof ? known.actc : undefined;
    const expires = Math.floor(Date.now() / 1000) + RETAINED;
    sql.exec("INSERT INTO accepted VALUES (?, ?, ?, ?, ?, ?)", ...[acti, prev, target, proof, actc, expires]);
    await clearAfter(this.ctx.storage, expires);
    return actc;
  }

  override alarm(): Promise<void> {
    return clearExpired(this.ctx.storage, "accepted");
  }
}
