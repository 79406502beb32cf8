/**
 * What an isolate keeps of what callers had, so that most requests ask nobody. What was there once stays, so an isolate that has seen it
 * need not ask again for a while; what it has not seen is asked for.
 */
import type { Facts } from "./fact.ts";
import type { Known } from "./sign.ts";

/** The store behind it: `Seen`, by the caller. Rejects where it cannot be reached. */
export interface SeenStore {
  look(caller: string, digests: readonly string[]): Promise<Known>;
  see(caller: string, digests: readonly string[], depth: number): Promise<Known>;
  deny(caller: string): Promise<boolean>;
}

export interface Watch {
  /** What was there before a request, as policies may judge by it; undefined where the store must be asked. */
  known(facts: Facts, now: number): Known | undefined;
  /** The store has said so. */
  told(facts: Facts, known: Known, now: number): void;
  /** Whether a request that was admitted must be told to the store: it had something that this isolate has not seen lately. */
  isNews(facts: Facts, now: number): boolean;
  /** It was told. */
  saw(facts: Facts, now: number): void;
  /** Denials of the caller have become a burst. */
  burst(caller: string, now: number): void;
}

/** Milliseconds for which policies judge by what the store has said, and for which a fact need not be told to it again. */
const FRESH_MS = 10_000;
const TELL_MS = 3_600_000;
/** Callers that an isolate keeps; the oldest goes first. */
const MOST_CALLERS = 1000;
/** Facts of one of them. */
const MOST_FACTS = 500;

interface Kept {
  asked: number;
  depth: number | undefined;
  burst: number;
  /** When the store last had each of them, and when it was told of it by this isolate, in milliseconds since the epoch. */
  readonly last: Map<string, number>;
  readonly told: Map<string, number>;
}

export function createWatch(): Watch {
  const callers = new Map<string, Kept>();

  function kept(caller: string): Kept {
    const found = callers.get(caller) ?? { asked: 0, depth: undefined, burst: 0, last: new Map(), told: new Map() };
    callers.delete(caller);
    callers.set(caller, found);
    if (callers.size > MOST_CALLERS) callers.delete(callers.keys().next().value as string);
    return found;
  }

  return {
    known({ caller, facts }, now) {
      const found = callers.get(caller);
      if (found === undefined || now - found.asked > FRESH_MS) return undefined;
      const { last, depth, burst } = found;
      if (!facts.every(({ digest }) => last.has(digest))) return undefined;
      return {
        last: Object.fromEntries(facts.map(({ digest }) => [digest, last.get(digest) as number])),
        depth,
        burst,
      };
    },
    told({ caller }, known, now) {
      const found = kept(caller);
      Object.assign(found, { asked: now, depth: known.depth, burst: known.burst });
      for (const [digest, at] of Object.entries(known.last)) put(found.last, digest, at);
    },
    isNews({ caller, facts, depth }, now) {
      const found = callers.get(caller);
      if (found === undefined || depth > (found.depth ?? -1)) return true;
      return facts.some(({ digest }) => now - (found.told.get(digest) ?? 0) > TELL_MS);
    },
    saw({ caller, facts, depth }, now) {
      const found = kept(caller);
      found.depth = Math.max(depth, found.depth ?? 0);
      for (const { digest } of facts) {
        put(found.last, digest, now);
        put(found.told, digest, now);
      }
    },
    burst(caller, now) {
      kept(caller).burst = now;
    },
  };
}

function put(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MOST_FACTS) map.delete(map.keys().next().value as string);
}
