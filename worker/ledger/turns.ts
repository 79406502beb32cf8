/** Group commit, as in databases: calls that arrive together share a commit. */

/** Milliseconds after a commit for which more calls are expected: callers that it has answered ask again. */
const BUSY_MS = 3;

export interface TurnEdges {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves when pending work has run, and earlier writes are on disk. */
  nextTurn(): Promise<void>;
}

interface Waiting<Work, Done> {
  readonly work: Work;
  readonly resolve: (done: Done) => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Collects the work of calls that arrive close together, and does it in one go; a single call does not wait.
 *
 * @param carryOut does all of it or, if it throws, nothing
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
