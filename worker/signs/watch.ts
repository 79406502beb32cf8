/**
 * An isolate's cache of the facts of callers, so that most requests need no store. A known fact stays known, so the
 * isolate need not ask again for a while; it asks the store about facts that it has not seen.
 */
import type { Facts } from "./fact.ts";
import type { Known } from "./sign.ts";

/** The store, `Seen`, by the caller. Rejects if it cannot be reached. */
export interface SeenStore {
  look(caller: string, digests: readonly string[]): Promise<Known>;
  see(caller: string, digests: readonly string[], depth: number): Promise<Known>;
  deny(caller: string): Promise<boolean>;
}

export interface Watch {
  /** What was seen before a request, for policies; undefined if the store must be asked. */
  known(facts: Facts, now: number): Known | undefined;
  /** Takes over an answer of the store. */
  told(facts: Facts, known: Known, now: number): void;
  /** Whether an admitted request must be sent to the store: it has a fact that this isolate has not sent lately. */
  isNews(facts: Facts, now: number): boolean;
  /** The facts were sent to the store. */
  saw(facts: Facts, now: number): void;
  /** The caller's denials have become a burst. */
  burst(caller: string, now: number): void;
}

/** Milliseconds for which an answer of the store is used, and for which a fact need not be sent again. */
const FRESH_MS = 10_000;
const TELL_MS = 3_600_000;
/** Most callers that an isolate keeps; the oldest is dropped first. */
const MOST_CALLERS = 1000;
/** Most facts of one caller. */
const MOST_FACTS = 500;

interface Kept {
  asked: number;
  depth: number | undefined;
  burst: number;
  /** When the store last had each of them, and when this isolate last sent it, in milliseconds since the epoch. */
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
