/**
 * Counts the failures of the handler for each message in a consumer's memory, because brokers do not distinguish
 * failures from waiting.
 */

export interface Failures {
  /** Counts one more. @returns the number now */
  note(messageKey: string): number;
  /** The message was handled or given up. */
  forget(messageKey: string): void;
}

/** Most messages that are remembered; beyond it, the count of the one that failed longest ago is forgotten. */
const MOST = 10_000;

export function createFailures(): Failures {
  const counts = new Map<string, number>();
  return {
    note(messageKey) {
      const count = (counts.get(messageKey) ?? 0) + 1;
      counts.delete(messageKey);
      counts.set(messageKey, count);
      const [oldest] = counts.keys();
      if (counts.size > MOST && oldest !== undefined) counts.delete(oldest);
      return count;
    },
    forget: (messageKey) => void counts.delete(messageKey),
  };
}
