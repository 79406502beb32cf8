/**
 * Admissions of one isolate on their way to a shard: while one call is under way, those that come meanwhile gather and go with
 * the next. A call costs about as much as all that the shard does with one admission.
 */

/** Milliseconds after which a call is taken for lost, and others begin anew. */
const ABANDONED_MS = 5000;

export interface GatheringEdges<Asked, Answer> {
  /** Asks for all of them in one call. */
  askAll(shard: string, asked: readonly Asked[]): Promise<readonly Answer[]>;
  /** Keeps the request that makes a call for others alive, though its caller has left. */
  waitUntil(work: Promise<unknown>): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Whoever waits gets its answer, or makes the next call for all that have gathered: each call is its own request's. */
type Turn<Asked, Answer> = { readonly answer: Answer } | { readonly lead: Call<Asked, Answer> };

interface Waiting<Asked, Answer> {
  readonly asked: Asked;
  readonly resolve: (turn: Turn<Asked, Answer>) => void;
  readonly reject: (cause: unknown) => void;
}

interface Call<Asked, Answer> {
  readonly since: number;
  /** For whom it is made, who makes it first. */
  readonly batch: readonly Waiting<Asked, Answer>[];
  /** Who came while it was under way. */
  readonly gathered: Waiting<Asked, Answer>[];
}

/** One an isolate. What it gives back rejects as `askAll` does, for all of a call. */
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

  /** The next call begins before this one's answers are given: calls that arrive in between wait for the one after it. */
  function end(shard: string, call: Call<Asked, Answer>): void {
    const [next] = call.gathered;
    if (next !== undefined) next.resolve({ lead: begin(shard, call.gathered) });
    else if (calls.get(shard) === call) calls.delete(shard);
  }

  /** @returns the answer of who makes it */
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
