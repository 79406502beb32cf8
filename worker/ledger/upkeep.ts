/**
 * What a shard does beside requests, in small steps between which they pass: it writes new entries to the long-term store and forgets
 * what is past.
 */
import { logFailure } from "../log.ts";
import { inSteps, type Steps } from "../steps.ts";
import { archiveWaiting, waiting } from "./archive.ts";
import type { Stores } from "./judge.ts";
import { forgetPlaces } from "./places.ts";
import { removeSome } from "./retention.ts";
import { forgetPast } from "./revoked.ts";
import { readMark } from "./tables.ts";
import { forgetUnseen } from "./uses.ts";

/** Milliseconds for which entries are gathered for the long-term store, and until a failure is tried again. */
const GATHER_MS = 2000;
const RETRY_MS = 5000;

type Bucket = Pick<R2Bucket, "put">;

export interface Upkeep {
  /** Sees whether the alarm is set, when the object starts. */
  start(): Promise<void>;
  /** Sets the alarm, if it is not set. @param now milliseconds since the epoch */
  wake(now: number): void;
  /** What the alarm does. @param bucket the long-term store */
  run(bucket: Bucket): Promise<void>;
}

export interface UpkeepEdges extends Stores {
  /** The shard's name. */
  readonly shard: string;
  readonly storage: DurableObjectStorage;
  /** Milliseconds for which entries are kept. */
  readonly keptMs: number;
}

export function createUpkeep({ shard, storage, chains, spent, memories, keptMs }: UpkeepEdges): Upkeep {
  const { sql } = storage;
  let awake = false;
  let work: Promise<void> = Promise.resolve();

  function wake(now: number): void {
    if (awake) return;
    awake = true;
    void storage.setAlarm(now + GATHER_MS);
  }

  async function keepUp(bucket: Bucket): Promise<void> {
    // What is written from now on sets another alarm.
    awake = false;
    try {
      await archiveWaiting({ shard, storage, bucket, pause: (milliseconds) => scheduler.wait(milliseconds) });
      if (!(await inSteps(forgetAll(Date.now())))) wake(Date.now());
    } catch (error) {
      logFailure("archive_waits", { about: { shard, ...waiting(sql) } }, error);
      // An alarm that throws is given up after six tries: this one is tried again for as long as it takes.
      await storage.setAlarm(Date.now() + RETRY_MS);
      awake = true;
    }
  }

  /** @param now milliseconds since the epoch */
  function* forgetAll(now: number): Steps {
    const before = now - keptMs;
    const seconds = Math.floor(now / 1000);
    yield* forgetPast(seconds, sql);
    yield* forgetPlaces(seconds, sql);
    yield* spent.forgetExpired(now);
    yield* forgetUnseen(new Date(before).toISOString(), sql);
    yield* memories.forget(before);
    while (removeOld(before, now)) yield;
  }

  /** @returns whether there is more */
  function removeOld(before: number, now: number): boolean {
    const past = { before, now, archived: readMark(sql, "archived") ?? 0 };
    const { gone, more } = storage.transactionSync(() => removeSome(past, sql));
    chains.forget(gone);
    return more;
  }

  return {
    start: async () => {
      awake = (await storage.getAlarm()) !== null;
    },
    wake,
    run: (bucket) => {
      // One at a time: two that write an object at once would count its entries twice.
      const mine = work.then(() => keepUp(bucket));
      work = mine.catch(() => undefined);
      return mine;
    },
  };
}
