/**
 * Batches outcomes for their shards: no caller waits for them, so they are sent with the next admissions for the shard,
 * or together on their own if none come.
 */
import type { Outcome } from "./admission.ts";

/** Milliseconds for which outcomes of a shard wait for a call that goes there. */
const GATHER_MS = 50;
/** Milliseconds after which a batch counts as lost, and a new one begins. */
const ABANDONED_MS = 5000;

export interface SettlingEdges {
  /** Sends to a shard. Rejects if it cannot be reached. */
  tell(shard: string, outcomes: readonly Outcome[]): Promise<void>;
  /** Called with outcomes that no shard has accepted; their decisions stay on record without an outcome. */
  lost(outcomes: readonly Outcome[], cause: unknown): void;
  sleep(milliseconds: number): Promise<unknown>;
  /** Milliseconds since the epoch. */
  now(): number;
}

interface Gathered {
  readonly since: number;
  readonly outcomes: Outcome[];
}

/** One for each isolate. */
export interface Settling {
  /** Resolves when the outcome is written or lost, or is batched with others. Never rejects. */
  settle(shard: string, outcome: Outcome): Promise<void>;
  /**
   * Makes a call to a shard that includes what waits for it; if the call fails, the outcomes are sent in a separate
   * call.
   */
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
      // The request that collected before may have been ended while it waited; its outcomes go with this batch.
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
