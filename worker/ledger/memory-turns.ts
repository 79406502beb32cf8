/**
 * Turns with a memory. Requests are decided before they come here, by the memory that was last seen, and a request
 * whose memory has changed is decided again. So that it does not lose the race repeatedly, it then has the memory for
 * itself for a moment, and others wait until it comes back. Callers take turns; the requests of one caller go in order
 * of arrival.
 */
import type { Changed, MemoryBusy } from "./admission.ts";

/** Milliseconds after which a turn ends even if its owner did not come back. Deciding again takes a few. */
const TURN_MS = 250;
/** Longest wait, in milliseconds. */
const WAIT_MS = 20_000;
/** Most requests of one caller that wait for a memory at a time. */
const MOST_WAITING = 128;

/** A request that asks for a memory. */
export interface Asking {
  readonly owner: string;
  /** Id of the request's decision. */
  readonly id: string;
  /** The caller that it counts for. */
  readonly by: string;
}

export interface MemoryTurns {
  /**
   * Makes the change when no other request has the turn. @returns `memory_busy` if too many wait, or it has waited too
   * long
   */
  inTurn<Done extends Changed>(asking: Asking, change: () => Promise<Done>): Promise<Done | MemoryBusy>;
  /** Makes the change at once. @returns `memory_busy` if another request has the turn */
  atOnce<Done extends Changed>(asking: Asking, change: () => Promise<Done>): Promise<Done | MemoryBusy>;
  /** Ends the turn if it is this request's. */
  leave(owner: string, id: string): void;
}

export interface TurnTimer {
  /** @returns a function that ends the wait early */
  after(milliseconds: number, then: () => void): () => void;
}

interface Waiter {
  readonly id: string;
  go(): void;
}

interface Turn {
  holder: string;
  end(): void;
  /** Waiting requests by caller, the next caller first; none is empty. */
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

  /** Waits until no other request has the turn. @returns false if it cannot wait */
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

  /** Takes the turn if no other request has it. @returns whether it is this request's now */
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

  /** @returns undefined if the memory has changed and another request has taken the turn */
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

/** The first request of the next caller, which then goes to the end of the queue. */
function takeNext(waiting: Map<string, Waiter[]>): Waiter | undefined {
  const [next] = waiting;
  if (next === undefined) return undefined;
  const [by, place] = next;
  const waiter = place.shift();
  waiting.delete(by);
  if (place.length > 0) waiting.set(by, place);
  return waiter;
}
