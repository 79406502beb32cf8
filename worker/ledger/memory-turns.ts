/**
 * Whose turn it is with a memory. Requests are judged before they come here, by the memory that was last seen, and one whose memory has
 * moved is judged again. So that it does not lose again, and again, it then has the memory for itself for a moment: others wait until
 * it has come back, in the order in which they came.
 */

/** Milliseconds after which a turn ends although its owner did not come back. */
const TURN_MS = 1000;
/** Milliseconds for which one waits at most. */
const WAIT_MS = 10_000;

export interface MemoryTurns {
  /** Waits until nobody else has the turn. @param id of the request's decision @returns false where it has waited for too long */
  enter(owner: string, id: string): Promise<boolean>;
  /** Whether nobody else has the turn. */
  isFree(owner: string, id: string): boolean;
  /** Takes the turn, where nobody else has it. @returns whether it is this request's now */
  take(owner: string, id: string): boolean;
  /** Ends the turn, where it is this request's. */
  leave(owner: string, id: string): void;
}

export interface TurnTimer {
  /** @returns what ends it before its time */
  after(milliseconds: number, then: () => void): () => void;
}

interface Turn {
  holder: string;
  end(): void;
  readonly waiting: { readonly id: string; go(): void }[];
}

export function createMemoryTurns({ after }: TurnTimer): MemoryTurns {
  const turns = new Map<string, Turn>();

  function hold(owner: string, turn: Turn, id: string): void {
    turn.end();
    turn.holder = id;
    turn.end = after(TURN_MS, () => passOn(owner, turn));
  }

  function passOn(owner: string, turn: Turn): void {
    turn.end();
    const next = turn.waiting.shift();
    if (next === undefined) {
      turns.delete(owner);
      return;
    }
    hold(owner, turn, next.id);
    next.go();
  }

  const isFree = (owner: string, id: string): boolean => (turns.get(owner)?.holder ?? id) === id;

  return {
    isFree,
    async enter(owner, id) {
      const turn = turns.get(owner);
      if (turn === undefined || turn.holder === id) return true;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const giveUp = after(WAIT_MS, () => {
        turn.waiting.splice(turn.waiting.indexOf(waiter), 1);
        resolve(false);
      });
      const waiter = {
        id,
        go: () => {
          giveUp();
          resolve(true);
        },
      };
      turn.waiting.push(waiter);
      return promise;
    },
    take(owner, id) {
      const turn = turns.get(owner) ?? { holder: id, end: () => undefined, waiting: [] };
      if (turn.holder !== id) return false;
      turns.set(owner, turn);
      hold(owner, turn, id);
      return true;
    },
    leave(owner, id) {
      const turn = turns.get(owner);
      if (turn?.holder === id) passOn(owner, turn);
    },
  };
}
