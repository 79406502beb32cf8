/**
 * Places of issued tokens in this shard's status list (draft-ietf-oauth-status-list), for as long as the tokens live. A
 * token is issued only if nothing that it depends on is revoked, so each look compares live tokens only with
 * revocations since the last one.
 */
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

/** The places of revoked tokens that have not expired; expired tokens are forgotten. @param seconds since the epoch */
export function revokedPlaces(seconds: number, sql: SqlStorage): number[] {
  sql.exec("DELETE FROM places WHERE expires < ?", seconds);
  const looked = readMark(sql, "looked") ?? 0;
  const { seq } = sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM revoked").one();
  if (seq !== null && seq > looked) {
    sql.exec(
      `UPDATE places SET revoked = 1 WHERE revoked = 0 AND EXISTS (SELECT 1 FROM json_each(places.keys) AS each
       JOIN revoked ON revoked.key = each.value AND revoked.seq > ? AND (revoked.before IS NULL OR revoked.before >= places.issued))`,
      looked,
    );
    setMark(sql, "looked", seq);
  }
  const rows = sql.exec<{ n: number }>("SELECT n FROM places WHERE revoked = 1").toArray();
  return rows.map(({ n }) => n % PLACES);
}
