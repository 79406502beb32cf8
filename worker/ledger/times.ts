/** Finds entries by time: a shard writes them in order of time, so no index is needed. */

/** @param written microseconds since the epoch. @returns number of the first entry written at that time or later */
export function firstSince(written: number, sql: SqlStorage): number {
  const { least, most } = sql
    .exec<{ least: number | null; most: number | null }>(
      "SELECT (SELECT min(at) FROM entries) AS least, (SELECT max(at) FROM entries) AS most",
    )
    .one();
  let [low, high] = [least ?? 0, (most ?? 0) + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = sql
      .exec<{ at: number; written: number }>(
        "SELECT at, written FROM entries WHERE at >= ? ORDER BY at LIMIT 1",
        middle,
      )
      .toArray();
    if (row === undefined || row.written >= written) high = middle;
    else low = row.at + 1;
  }
  return low;
}
