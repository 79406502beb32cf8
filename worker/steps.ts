/**
 * Background work of a Durable Object in steps: it has one thread, so requests wait for a step and pass between two of
 * them. The process may end after any step, so the stored state is consistent after each.
 */

/** Each `yield` ends a step. */
export type Steps = Generator<void, void>;

/** Milliseconds between two steps: a request needs the thread several times, and should rarely find it busy. */
const PAUSE_MS = 5;

/**
 * Milliseconds after which the steps stop: the rest waits for the next alarm, because an alarm has other work too.
 */
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

/** Takes every step: requests that are ready pass in between. */
export async function toTheEnd(steps: Steps): Promise<void> {
  for (const _ of steps) await scheduler.wait(0);
}

/** Most rows that a step removes. */
const MOST_ROWS = 100;

/**
 * Removes rows, a few in each step.
 *
 * @param statement removes at most as many rows as its last parameter says, and returns each
 */
export function* removeRows(sql: SqlStorage, statement: string, ...parameters: SqlStorageValue[]): Steps {
  while (sql.exec(statement, ...parameters, MOST_ROWS).toArray().length === MOST_ROWS) yield;
}
