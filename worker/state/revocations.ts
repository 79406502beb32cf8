/** What was revoked, and the snapshot of it that isolates keep for routes that may be a few seconds behind. */
import { DurableObject } from "cloudflare:workers";

export class Revocations extends DurableObject {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS revoked (key TEXT PRIMARY KEY, time TEXT NOT NULL, reason TEXT NOT NULL)",
    );
  }

  /** @param keys made by `keysToRevoke` */
  revoke(keys: readonly string[], reason: string): void {
    const time = new Date().toISOString();
    for (const key of keys) {
      this.ctx.storage.sql.exec(
        "INSERT OR IGNORE INTO revoked (key, time, reason) VALUES (?, ?, ?)",
        key,
        time,
        reason,
      );
    }
  }

  anyRevoked(keys: readonly string[]): boolean {
    const holes = keys.map(() => "?").join(", ");
    return (
      this.ctx.storage.sql.exec(`SELECT key FROM revoked WHERE key IN (${holes}) LIMIT 1`, ...keys).toArray().length > 0
    );
  }

  all(): string[] {
    return this.ctx.storage.sql
      .exec<{ key: string }>("SELECT key FROM revoked")
      .toArray()
      .map(({ key }) => key);
  }
}

/** The one object that knows all revocations. */
export const REVOCATIONS_NAME = "global";

export interface SnapshotEdges {
  all(): Promise<readonly string[]>;
  /** Milliseconds since the epoch. */
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

/**
 * Revocations as this isolate last knew them. A snapshot is refreshed behind the request once it is older than
 * `refresh` seconds, and no longer used once it is older than twice that: a decision is never further behind.
 */
export function createSnapshot(refresh: number): (keys: readonly string[], edges: SnapshotEdges) => Promise<boolean> {
  let known: ReadonlySet<string> = new Set();
  let taken = Number.NEGATIVE_INFINITY;
  let taking: Promise<void> | undefined;

  function take(edges: SnapshotEdges): Promise<void> {
    const asked = edges.now();
    taking ??= edges
      .all()
      .then((keys) => {
        known = new Set(keys);
        taken = asked;
      })
      .finally(() => {
        taking = undefined;
      });
    return taking;
  }

  return async (keys, edges) => {
    const age = edges.now() - taken;
    if (age >= 2 * refresh * 1000) await take(edges);
    else if (age >= refresh * 1000) edges.waitUntil(take(edges).catch(() => undefined));
    return keys.some((key) => known.has(key));
  };
}
