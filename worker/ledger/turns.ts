/** Calls that arrive together share a commit: a group commit, as databases have it. */

/** Milliseconds after a commit for which more calls are expected: callers that it has answered ask again. */
const BUSY_MS = 3;

export interface TurnEdges {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves when what was ready to run has run, and what was written before is on disk. */
  nextTurn(): Promise<void>;
}

interface Waiting<Work, Done> {
  readonly work: Work;
  readonly resolve: (done: Done) => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Gathers the work of calls that come close together, and does it at once; a call that comes alone does not wait.
 *
 * @param carryOut does all of it or, where it throws, nothing
 */
export function createTurns<Work, Done>(
  carryOut: (batch: readonly Work[]) => readonly Done[],
  { now, nextTurn }: TurnEdges,
): (work: Work) => Promise<Done> {
  let waiting: Waiting<Work, Done>[] = [];
  let committing = false;
  let committed = Number.NEGATIVE_INFINITY;

  function turn(): void {
    const batch = waiting;
    waiting = [];
    try {
      const done = carryOut(batch.map(({ work }) => work));
      for (const [index, { resolve }] of batch.entries()) resolve(done[index] as Done);
    } catch (cause) {
      for (const { reject } of batch) reject(cause);
    }
    committing = true;
    void nextTurn().then(() => {
      committing = false;
      committed = now();
    });
  }

  return (work) => {
    const { promise, resolve, reject } = Promise.withResolvers<Done>();
    waiting.push({ work, resolve, reject });
    if (waiting.length > 1) return promise;
    if (!committing && now() - committed >= BUSY_MS) turn();
    else void nextTurn().then(turn);
    return promise;
  };
}
