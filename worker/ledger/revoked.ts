/** The revocations that this shard has received; every admission is checked against them. */

import { removeRows, type Steps } from "../steps.ts";
import { LIFTED, type Revocation, type Standing } from "./admission.ts";
import { readMark, setMark } from "./tables.ts";

/** The one object that knows all revocations. */
export const REVOCATIONS_NAME = "global";

/** Source of the revocations for a shard that starts (worker/revocation/revocations.ts). */
export interface RevocationList extends Rpc.DurableObjectBranded {
  /** A page of the revocations after a number; with the last page the shard is subscribed to new ones. */
  join(shard: string, after: number): { readonly revocations: Revocation[]; readonly more: boolean };
}

/** A shard that starts for the first time fetches all revocations, and receives new ones from then on. */
export async function joinRevocations(
  list: DurableObjectStub<RevocationList>,
  shard: string,
  sql: SqlStorage,
): Promise<void> {
  if (readMark(sql, "joined") !== undefined) return;
  let last = 0;
  for (let more = true; more; ) {
    const page = await list.join(shard, last);
    hear(page.revocations, sql);
    last = page.revocations.at(-1)?.seq ?? last;
    ({ more } = page);
  }
  setMark(sql, "joined", last);
}

/** Adds revocations; receiving one twice, or one that was lifted since, changes nothing. */
export function hear(revocations: readonly Revocation[], sql: SqlStorage): void {
  for (const { key, seq, before, until } of revocations) {
    sql.exec(
      `INSERT INTO revoked VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET seq = excluded.seq,
       before = CASE WHEN excluded.before = ${LIFTED} THEN ${LIFTED} WHEN before IS NULL OR excluded.before IS NULL THEN NULL ELSE max(before, excluded.before) END,
       until = CASE WHEN until IS NULL OR excluded.until IS NULL THEN NULL ELSE max(until, excluded.until) END
       WHERE excluded.seq > seq`,
      ...[key, seq, before, until],
    );
  }
}

export function isRevoked({ keys, issued }: Standing, sql: SqlStorage): boolean {
  const found = sql.exec(
    "SELECT 1 FROM revoked WHERE key IN (SELECT value FROM json_each(?)) AND (before IS NULL OR before >= ?) LIMIT 1",
    keys,
    issued,
  );
  return found.toArray().length > 0;
}

/** Seconds for which a revocation is kept after everything that it could end has expired, because clocks may differ. */
const SPARE = 300;

/** @param seconds since the epoch */
export function forgetPast(seconds: number, sql: SqlStorage): Steps {
  return removeRows(
    sql,
    "DELETE FROM revoked WHERE key IN (SELECT key FROM revoked WHERE until < ? LIMIT ?) RETURNING 1",
    seconds - SPARE,
  );
}
