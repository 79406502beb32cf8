/**
 * Work beside requests, in steps: a shard has one thread, so requests wait for a step, and pass between two of them. After every step
 * what is stored is whole, because the process may end there.
 */

/** Each `yield` ends a step. */
export type Steps = Generator<void, void>;

/** Milliseconds between two steps: a request comes back to the thread several times, and should rarely find it taken. */
const PAUSE_MS = 5;

/** Milliseconds for which steps go on: what is left waits for the next alarm, which writes new entries to the long-term store first. */
const MOST_MS = 1000;

/** @returns whether nothing is left */
export async function inSteps(steps: Steps): Promise<boolean> {
  const end = Date.now() + MOST_MS;
  for (const _ of steps) {
    if (Date.now() >= end) return false;
    await scheduler.wait(PAUSE_MS);
  }
  return true;
}

/** Rows that a step removes. */
const MOST_ROWS = 100;

/**
 * Removes rows, some in a step.
 *
 * @param statement removes at most as many rows as its last parameter says, and returns each
 */
export function* removeRows(sql: SqlStorage, statement: string, ...parameters: SqlStorageValue[]): Steps {
  while (sql.exec(statement, ...parameters, MOST_ROWS).toArray().length === MOST_ROWS) yield;
}
