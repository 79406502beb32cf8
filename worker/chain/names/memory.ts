/** Remembers a bounded number of values for a time; when full, the oldest is dropped. */

export interface Memory<T> {
  /** @param now milliseconds since the epoch */
  get(key: string, now: number): T | undefined;
  /** @param until milliseconds since the epoch */
  set(key: string, value: T, until: number): void;
  /** Forgets what was remembered under these keys. */
  forget(isMeant: (key: string) => boolean): void;
  readonly size: number;
}

export function createMemory<T>(most: number): Memory<T> {
  // A Map iterates in insertion order; delete and set move the key to the end.
  const kept = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    get(key, now) {
      const entry = kept.get(key);
      if (entry === undefined || now < entry.until) return entry?.value;
      kept.delete(key);
      return undefined;
    },
    set(key, value, until) {
      kept.delete(key);
      kept.set(key, { value, until });
      if (kept.size > most) kept.delete(kept.keys().next().value as string);
    },
    forget(isMeant) {
      for (const key of kept.keys()) if (isMeant(key)) kept.delete(key);
    },
    get size() {
      return kept.size;
    },
  };
}
