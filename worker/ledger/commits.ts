/** The commits of a shard: calls that arrive together share one, which also writes outcomes of earlier requests. */
import type { Outcome } from "./admission.ts";
import type { Stores } from "./judge.ts";
import { outcomesRecord } from "./outcomes.ts";
import { createTurns } from "./turns.ts";

/** Milliseconds after which outcomes are written if no request has come whose commit they could share. */
const SETTLE_MS = 300;

/** One change: made with all others of its commit, or not at all. @param now milliseconds since the epoch */
type Change<Done> = (now: number) => Done;

export interface Commits {
  /** Makes a change in the next commit, and returns its result. */
  make<Done>(change: Change<Done>): Promise<Done>;
  /** Adds outcomes of requests, which are written with the next commit, or soon without one. */
  settle(outcomes: readonly Outcome[]): void;
}

export interface CommitEdges extends Pick<Stores, "chains" | "spent"> {
  readonly storage: Pick<DurableObjectStorage, "sql" | "transactionSync">;
  /** Called after every commit. @param now milliseconds since the epoch */
  committed(now: number): void;
}

export function createCommits({ storage, chains, spent, committed }: CommitEdges): Commits {
  let waiting: Outcome[] = [];
  let settlesSoon = false;
  const inTurn = createTurns(makeChanges, { now: () => Date.now(), nextTurn: () => scheduler.wait(0) });

  function makeChanges(changes: readonly Change<unknown>[]): readonly unknown[] {
    const now = Date.now();
    const outcomes = waiting;
    try {
      const answers = storage.transactionSync(() => {
        writeOutcomes(outcomes, now);
        const made = changes.map((change) => change(now));
        chains.writeHeads();
        return made;
      });
      waiting = [];
      committed(now);
      return answers;
    } catch (cause) {
      // What is in memory may be ahead of the disk.
      chains.forget();
      spent.reload(now);
      throw cause;
    }
  }

  /** One entry for each task. The row of a decision that was not carried out says so too, for searches. */
  function writeOutcomes(outcomes: readonly Outcome[], now: number): void {
    for (const [task, some] of Map.groupBy(outcomes, (outcome) => outcome.task)) {
      chains.append({ task, kind: "outcomes", record: outcomesRecord(some, now) }, now);
      for (const { id, kind, rule } of some) {
        if (kind !== "allowed")
          storage.sql.exec("UPDATE entries SET kind = ?, rule = ? WHERE id = ?", kind, rule ?? null, id);
      }
    }
  }

  /** One timer at a time: under load most of them find everything written. */
  function settleSoon(): void {
    if (settlesSoon) return;
    settlesSoon = true;
    setTimeout(() => {
      settlesSoon = false;
      if (waiting.length > 0) inTurn(() => undefined).catch(settleSoon);
    }, SETTLE_MS);
  }

  return {
    make: async <Done>(change: Change<Done>) => (await inTurn(change)) as Done,
    settle(outcomes) {
      waiting.push(...outcomes);
      if (waiting.length > 0) settleSoon();
    },
  };
}
