/** What an isolate keeps of memories between requests: so that most are judged by what is so, without asking first. */
import { type Memory, NOTHING } from "../ledger/memory.ts";

/** Memories as an isolate has last seen them: none of them need be true. */
export interface SeenMemories {
  of(owner: string): Memory;
  see(owner: string, memory: Memory): void;
}

/** Memories that an isolate keeps; the oldest goes first. */
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
