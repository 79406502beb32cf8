/**
 * Which shard of the ledger a task belongs to. The number of shards may be raised: tasks that began before stay where
 * they are, so nothing moves and single use is preserved.
 */
import type { Config } from "../config.ts";

export interface Raised {
  /** Seconds since the epoch: tasks that begin after it use this number. */
  readonly from: number;
  readonly count: number;
}

export interface Shards {
  /** @param began when the task began, in seconds since the epoch */
  ofTask(task: string, began: number): string;
  /** The shard of something that is bound to no task is chosen by its owner. @param now seconds since the epoch */
  ofOwner(owner: string, now: number): string;
  /** The shards that may have entries of a task: more than one only if its roots are from before and after a raise. */
  holding(task: string): readonly string[];
  readonly all: readonly string[];
}

/** The shards of a configuration. */
export function shardsOf({ shards, raised }: Config["ledger"]): Shards {
  return createShards([{ from: 0, count: shards }, ...raised.map(({ from, shards: count }) => ({ from, count }))]);
}

/** @param numbers in order of time; the first applies from the beginning */
export function createShards(numbers: readonly [Raised, ...Raised[]]): Shards {
  const name = (count: number, index: number): string => `${count}-${index}`;
  const among = (count: number, text: string): string => name(count, hash(text) % count);
  const at = (time: number): number => (numbers.findLast(({ from }) => from <= time) ?? numbers[0]).count;
  return {
    ofTask: (task, began) => among(at(began), task),
    ofOwner: (owner, now) => among(at(now), owner),
    holding: (task) => [...new Set(numbers.map(({ count }) => among(count, task)))],
    all: [...new Set(numbers.flatMap(({ count }) => Array.from({ length: count }, (_, index) => name(count, index))))],
  };
}

/** FNV-1a, 32 bits: spreads names evenly; it need not be secure. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
