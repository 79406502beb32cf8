/**
 * Rows of a Durable Object that expire: a table with an indexed column `expires`, in seconds since the epoch, which an
 * alarm clears.
 */

/** Sets the alarm unless it is already set for an earlier time. @param due milliseconds since the epoch */
export async function wakeBy(storage: DurableObjectStorage, due: number): Promise<void> {
  const set = await storage.getAlarm();
  if (set === null || due < set) await storage.setAlarm(due);
}

/** A row was added. @param kept seconds for which it stays after its end */
export function clearAfter(storage: DurableObjectStorage, expires: number, kept = 0): Promise<void> {
  return wakeBy(storage, clearingTime(expires, kept));
}

/** The alarm: removes expired rows, and sets the alarm for the next one. */
export async function clearExpired(storage: DurableObjectStorage, table: string, kept = 0): Promise<void> {
  const { sql } = storage;
  sql.exec(`DELETE FROM ${table} WHERE expires <= ?`, Math.floor(Date.now() / 1000) - kept);
  const { next } = sql.exec<{ next: number | null }>(`SELECT MIN(expires) AS next FROM ${table}`).one();
  if (next !== null) await storage.setAlarm(clearingTime(next, kept));
}

/** A second later, so that the row has expired in whole seconds too. */
function clearingTime(expires: number, kept: number): number {
  return (expires + kept + 1) * 1000;
}
