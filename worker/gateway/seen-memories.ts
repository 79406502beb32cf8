/** Memories that an isolate caches between requests, so that most requests need not ask the ledger first. */
import { type Memory, NOTHING } from "../ledger/memory.ts";

/** Memories as the isolate has last seen them; any of them may be out of date. */
export interface SeenMemories {
  of(owner: string): Memory;
  see(owner: string, memory: Memory): void;
}

/** Most memories that an isolate keeps; the oldest is dropped first. */
const MOST_SEEN = 1000;

export function createSeenMemories(): SeenMemories {
  const seen = new Map<string, Memory>();
  return {
    of: (owner) => seen.get(owner) ?? NOTHING,
    see(owner, memory) {
      seen.delete(owner);
      seen.set(owner, memory);
      if (seen.size > MOST_SEEN) seen.delete(seen.keys().next().value as string);
    },
  };
}
