/** Outcomes on their way to their shards: those of one moment travel together, because no caller waits for them. */
import type { Outcome } from "./admission.ts";

/** Milliseconds for which outcomes of a shard are gathered. */
const GATHER_MS = 20;
/** Milliseconds after which those who gather are taken for ended, and others begin anew. */
const ABANDONED_MS = 5000;

export interface SettlingEdges {
  /** Tells a shard. Rejects where it cannot be reached. */
  tell(shard: string, outcomes: readonly Outcome[]): Promise<void>;
  sleep(milliseconds: number): Promise<unknown>;
  /** Milliseconds since the epoch. */
  now(): number;
}

interface Gathered {
  readonly since: number;
  readonly outcomes: Outcome[];
}

/** One an isolate. What it gives back resolves when the outcome is told, or has gone with another's. */
export function createSettling({
  tell,
  sleep,
  now,
}: SettlingEdges): (shard: string, outcome: Outcome) => Promise<void> {
  const waiting = new Map<string, Gathered>();
  return async (shard, outcome) => {
    const open = waiting.get(shard);
    if (open !== undefined && now() - open.since < ABANDONED_MS) {
      open.outcomes.push(outcome);
      return;
    }
    const mine: Gathered = { since: now(), outcomes: [outcome] };
    waiting.set(shard, mine);
    await sleep(GATHER_MS);
    if (waiting.get(shard) === mine) waiting.delete(shard);
    await tell(shard, mine.outcomes);
  };
}
