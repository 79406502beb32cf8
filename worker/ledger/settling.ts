/**
 * Outcomes on their way to their shards: no caller waits for them, so they go with the next admissions that go there anyway, or
 * together by themselves where none come.
 */
import type { Outcome } from "./admission.ts";

/** Milliseconds for which outcomes of a shard wait for a call that goes there. */
const GATHER_MS = 50;
/** Milliseconds after which those who gather are taken for ended, and others begin anew. */
const ABANDONED_MS = 5000;

export interface SettlingEdges {
  /** Tells a shard. Rejects where it cannot be reached. */
  tell(shard: string, outcomes: readonly Outcome[]): Promise<void>;
  /** Told of outcomes that no shard has taken: their decisions stay on record, without outcome. */
  lost(outcomes: readonly Outcome[], cause: unknown): void;
  sleep(milliseconds: number): Promise<unknown>;
  /** Milliseconds since the epoch. */
  now(): number;
}

interface Gathered {
  readonly since: number;
  readonly outcomes: Outcome[];
}

/** One an isolate. */
export interface Settling {
  /** Resolves when the outcome is told or lost, or travels with others. Never rejects. */
  settle(shard: string, outcome: Outcome): Promise<void>;
  /** Makes a call to a shard that includes what waits for it; if the call fails, the outcomes are told in a separate call. */
  ride<T>(shard: string, call: (outcomes: readonly Outcome[]) => Promise<T>): Promise<T>;
}

export function createSettling({ tell, lost, sleep, now }: SettlingEdges): Settling {
  const waiting = new Map<string, Gathered>();

  async function tellNow(shard: string, outcomes: readonly Outcome[]): Promise<void> {
    if (outcomes.length > 0) await tell(shard, outcomes).catch((cause: unknown) => lost(outcomes, cause));
  }

  return {
    async settle(shard, outcome) {
      const open = waiting.get(shard);
      if (open !== undefined && now() - open.since < ABANDONED_MS) {
        open.outcomes.push(outcome);
        return;
      }
      // Who gathered before may have been ended in its sleep: what it had goes with this one.
      const mine: Gathered = { since: now(), outcomes: [...(open?.outcomes.splice(0) ?? []), outcome] };
      waiting.set(shard, mine);
      await sleep(GATHER_MS);
      if (waiting.get(shard) === mine) waiting.delete(shard);
      await tellNow(shard, mine.outcomes);
    },
    async ride(shard, call) {
      const outcomes = waiting.get(shard)?.outcomes.splice(0) ?? [];
      try {
        return await call(outcomes);
      } catch (cause) {
        await tellNow(shard, outcomes);
        throw cause;
      }
    },
  };
}
