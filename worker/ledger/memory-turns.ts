/**
 * Whose turn it is with a memory. Requests are judged before they come here, by the memory that was last seen, and one whose memory has
 * moved is judged again. So that it does not lose again, and again, it then has the memory for itself for a moment: others wait until
 * it has come back. Callers go by turns, and the requests of each in the order in which they came.
 */
import type { Changed, MemoryBusy } from "./admission.ts";

/** Milliseconds after which a turn ends although its owner did not come back. To be judged again takes a few. */
const TURN_MS = 250;
/** Milliseconds for which one waits at most. */
const WAIT_MS = 20_000;
/** Requests of one caller that wait for a memory at a time. */
const MOST_WAITING = 128;

/** A request that asks for a memory. */
export interface Asking {
  readonly owner: string;
  /** Id of the request's decision. */
  readonly id: string;
  /** The caller by whom it counts. */
  readonly by: string;
}

export interface MemoryTurns {
  /** Makes the change when nobody else has the turn. @returns `memory_busy` where too many wait, or it has waited for too long */
  inTurn<Done extends Changed>(asking: Asking, change: () => Promise<Done>): Promise<Done | MemoryBusy>;
  /** Makes the change at once. @returns `memory_busy` where another has the turn */
  atOnce<Done extends Changed>(asking: Asking, change: () => Promise<Done>): Promise<Done | MemoryBusy>;
  /** Ends the turn, where it is this request's. */
  leave(owner: string, id: string): void;
}

export interface TurnTimer {
  /** @returns what ends it before its time */
  after(milliseconds: number, then: () => void): () => void;
}

interface Waiter {
  readonly id: string;
  go(): void;
}

interface Turn {
  holder: string;
  end(): void;
  /** By caller, the next one first; none is empty. */
  readonly waiting: Map<string, Waiter[]>;
}

const BUSY: MemoryBusy = { admitted: false, why: "memory_busy" };

export function createMemoryTurns({ after }: TurnTimer): MemoryTurns {
  const turns = new Map<string, Turn>();

  function hold(owner: string, turn: Turn, id: string): void {
    turn.end();
    turn.holder = id;
    turn.end = after(TURN_MS, () => passOn(owner, turn));
  }

  function passOn(owner: string, turn: Turn): void {
    turn.end();
    const next = takeNext(turn.waiting);
    if (next === undefined) {
      turns.delete(owner);
      return;
    }
    hold(owner, turn, next.id);
    next.go();
  }

  const isFree = ({ owner, id }: Asking): boolean => (turns.get(owner)?.holder ?? id) === id;

  /** Waits until nobody else has the turn. @returns false where it cannot */
  async function enter({ owner, id, by }: Asking): Promise<boolean> {
    const turn = turns.get(owner);
    if (turn === undefined || turn.holder === id) return true;
    const place = turn.waiting.get(by) ?? [];
    if (place.length >= MOST_WAITING) return false;
    turn.waiting.set(by, place);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const giveUp = after(WAIT_MS, () => {
      place.splice(place.indexOf(waiter), 1);
      if (place.length === 0) turn.waiting.delete(by);
      resolve(false);
    });
    const waiter = {
      id,
      go: () => {
        giveUp();
        resolve(true);
      },
    };
    place.push(waiter);
    return promise;
  }

  /** Takes the turn, where nobody else has it. @returns whether it is this request's now */
  function take(owner: string, id: string): boolean {
    const turn = turns.get(owner) ?? { holder: id, end: () => undefined, waiting: new Map() };
    if (turn.holder !== id) return false;
    turns.set(owner, turn);
    hold(owner, turn, id);
    return true;
  }

  function leave(owner: string, id: string): void {
    const turn = turns.get(owner);
    if (turn?.holder === id) passOn(owner, turn);
  }

  /** @returns undefined where the memory has moved and another has taken the turn meanwhile */
  async function attempt<Done extends Changed>(
    { owner, id }: Asking,
    change: () => Promise<Done>,
  ): Promise<Done | undefined> {
    let comesBack = false;
    try {
      const done = await change();
      if (done.admitted || done.why !== "memory_moved") return done;
      comesBack = take(owner, id);
      return comesBack ? done : undefined;
    } finally {
      if (!comesBack) leave(owner, id);
    }
  }

  return {
    async inTurn(asking, change) {
      while (await enter(asking)) {
        const done = await attempt(asking, change);
        if (done !== undefined) return done;
      }
      return BUSY;
    },
    async atOnce(asking, change) {
      return (isFree(asking) ? await attempt(asking, change) : undefined) ?? BUSY;
    },
    leave,
  };
}

/** The first of the next caller, who goes last from then on. */
function takeNext(waiting: Map<string, Waiter[]>): Waiter | undefined {
  const [next] = waiting;
  if (next === undefined) return undefined;
  const [by, place] = next;
  const waiter = place.shift();
  waiting.delete(by);
  if (place.length > 0) waiting.set(by, place);
  return waiter;
}
