/** How often the handler has failed on each message, as far as a consumer remembers: no broker tells failures from waits. */

export interface Failures {
  /** Notes one more. @returns how many there are now */
  note(messageKey: string): number;
  /** The message was acted on, or is given up. */
  forget(messageKey: string): void;
}

/** Messages that are remembered: beyond them the one that failed longest ago has its tries again. */
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
