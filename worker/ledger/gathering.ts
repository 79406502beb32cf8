/**
 * Batches an isolate's admissions for a shard: those that arrive during a call go together with the next one. A call
 * costs about as much as everything that the shard does for one admission.
 */

/** Milliseconds after which a call counts as lost, and the next begins. */
const ABANDONED_MS = 5000;

export interface GatheringEdges<Asked, Answer> {
  /** Asks for all of them in one call. */
  askAll(shard: string, asked: readonly Asked[]): Promise<readonly Answer[]>;
  /** Keeps a request that makes a call for others alive after its caller has left. */
  waitUntil(work: Promise<unknown>): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * A waiting request either gets its answer, or makes the next call for all that wait, because a call belongs to the
 * request that makes it.
 */
type Turn<Asked, Answer> = { readonly answer: Answer } | { readonly lead: Call<Asked, Answer> };

interface Waiting<Asked, Answer> {
  readonly asked: Asked;
  readonly resolve: (turn: Turn<Asked, Answer>) => void;
  readonly reject: (cause: unknown) => void;
}

interface Call<Asked, Answer> {
  readonly since: number;
  /** The admissions of the call, the one of the request that makes it first. */
  readonly batch: readonly Waiting<Asked, Answer>[];
  /** The admissions that arrived during the call. */
  readonly gathered: Waiting<Asked, Answer>[];
}

/** One for each isolate. The returned function rejects like `askAll`, for every admission of the call. */
export function createGathering<Asked, Answer>({
  askAll,
  waitUntil,
  now,
}: GatheringEdges<Asked, Answer>): (shard: string, asked: Asked) => Promise<Answer> {
  const calls = new Map<string, Call<Asked, Answer>>();

  function begin(shard: string, batch: readonly Waiting<Asked, Answer>[]): Call<Asked, Answer> {
    const call = { since: now(), batch, gathered: [] };
    calls.set(shard, call);
    return call;
  }

  /**
   * The next call begins before this one's answers are delivered; admissions that arrive in between wait for the one
   * after it.
   */
  function end(shard: string, call: Call<Asked, Answer>): void {
    const [next] = call.gathered;
    if (next !== undefined) next.resolve({ lead: begin(shard, call.gathered) });
    else if (calls.get(shard) === call) calls.delete(shard);
  }

  /** @returns the answer for the request that makes it */
  async function make(shard: string, call: Call<Asked, Answer>): Promise<Answer> {
    const others = call.batch.slice(1);
    try {
      const answers = await askAll(
        shard,
        call.batch.map(({ asked }) => asked),
      );
      for (const [index, { resolve }] of others.entries()) resolve({ answer: answers[index + 1] as Answer });
      return answers[0] as Answer;
    } catch (cause) {
      for (const { reject } of others) reject(cause);
      throw cause;
    } finally {
      end(shard, call);
    }
  }

  return async (shard, asked) => {
    const { promise, resolve, reject } = Promise.withResolvers<Turn<Asked, Answer>>();
    const mine = { asked, resolve, reject };
    const underWay = calls.get(shard);
    if (underWay === undefined || now() - underWay.since >= ABANDONED_MS) resolve({ lead: begin(shard, [mine]) });
    else underWay.gathered.push(mine);
    const turn = await promise;
    if ("answer" in turn) return turn.answer;
    const work = make(shard, turn.lead);
    waitUntil(work.catch(() => undefined));
    return work;
  };
}
