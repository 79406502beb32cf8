/**
 * Places of issued tokens in this shard's status list (draft-ietf-oauth-status-list), for as long as the tokens live. A
 * token is issued only if nothing that it depends on is revoked, so each look compares live tokens only with
 * revocations since the last one.
 */

import { removeRows, type Steps } from "../steps.ts";
import type { Standing } from "./admission.ts";
import { readMark, setMark } from "./tables.ts";

/** A place is reused after a million tokens, long after its token has expired. */
export const PLACES = 2 ** 20;

/** @param expires seconds since the epoch. @returns the token's place */
export function takePlace(standings: readonly Standing[], expires: number, sql: SqlStorage): number {
  const keys = JSON.stringify([...new Set(standings.flatMap((each) => JSON.parse(each.keys) as string[]))]);
  const issued = Math.min(...standings.map((each) => each.issued));
  const { n } = sql
    .exec<{ n: number }>(
      "INSERT INTO places (issued, expires, keys, revoked) VALUES (?, ?, ?, 0) RETURNING n",
      ...[issued, expires, keys],
    )
    .one();
  return n % PLACES;
}

/** Tokens that a step looks at. */
const STEP = 100;

/** Compares live tokens with what was revoked since the last look. What is revoked during it is left for the next. */
export function* lookAtRevocations(sql: SqlStorage): Steps {
  const { seq } = sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM revoked").one();
  const looked = readMark(sql, "looked") ?? 0;
  if (seq === null || seq <= looked) return;
  // Tokens that are issued later were compared with all of it when they were issued.
  const { end } = sql.exec<{ end: number | null }>("SELECT max(n) AS end FROM places").one();
  for (let after = 0; after < (end ?? 0); yield) {
    const last = lastOfStep(after, sql);
    sql.exec(
      `UPDATE places SET revoked = 1 WHERE n > ? AND n <= ? AND revoked = 0 AND EXISTS (SELECT 1 FROM json_each(places.keys) AS each
       JOIN revoked ON revoked.key = each.value AND revoked.seq > ? AND (revoked.before IS NULL OR revoked.before >= places.issued))`,
      ...[after, last, looked],
    );
    after = last;
  }
  // Another look may have come further.
  setMark(sql, "looked", Math.max(seq, readMark(sql, "looked") ?? 0));
}

function lastOfStep(after: number, sql: SqlStorage): number {
  const rows = sql.exec<{ n: number }>("SELECT n FROM places WHERE n > ? ORDER BY n LIMIT ?", after, STEP).toArray();
  return rows.at(-1)?.n ?? Number.MAX_SAFE_INTEGER;
}

/** The places of revoked tokens that have not expired, as far as was looked. @param seconds since the epoch */
export function revokedPlaces(seconds: number, sql: SqlStorage): number[] {
  const rows = sql.exec<{ n: number }>("SELECT n FROM places WHERE revoked = 1 AND expires >= ?", seconds).toArray();
  return rows.map(({ n }) => n % PLACES);
}

/** @param seconds since the epoch */
export function forgetPlaces(seconds: number, sql: SqlStorage): Steps {
  return removeRows(
    sql,
    "DELETE FROM places WHERE n IN (SELECT n FROM places WHERE expires < ? LIMIT ?) RETURNING 1",
    seconds,
  );
}
