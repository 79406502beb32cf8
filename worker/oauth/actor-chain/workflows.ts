/** Accepted steps of one verified workflow (draft-mw-oauth-actor-chain, "Replay and Freshness"): a Durable Object named by its `acti`. */
import { DurableObject } from "cloudflare:workers";

/** Milliseconds for which a retry gets the same answer: longer than any proof is accepted. */
const RETAINED_MS = 24 * 3600 * 1000;

export class Workflows extends DurableObject<unknown> {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS steps (prev TEXT NOT NULL, target TEXT NOT NULL, proof TEXT NOT NULL, actc TEXT NOT NULL, PRIMARY KEY (prev, target))",
    );
  }

  /**
   * Accepts the only successor of a state for a target.
   *
   * @param proof hash of the step proof
   * @returns the commitment that was accepted, now or the first time; undefined if another proof was accepted before
   */
  async accept(prev: string, target: string, proof: string, actc: string): Promise<string | undefined> {
    const { sql } = this.ctx.storage;
    const [known] = sql
      .exec<{ proof: string; actc: string }>(
        "SELECT proof, actc FROM steps WHERE prev = ? AND target = ?",
        prev,
        target,
      )
      .toArray();
    if (known !== undefined) return known.proof === proof ? known.actc : undefined;
    sql.exec("INSERT INTO steps (prev, target, proof, actc) VALUES (?, ?, ?, ?)", prev, target, proof, actc);
    await this.ctx.storage.setAlarm(Date.now() + RETAINED_MS);
    return actc;
  }

  /** A day after its last step a workflow is forgotten: tokens live for minutes. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}
