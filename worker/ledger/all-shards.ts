/** Sends each call to the shard of its task or its owner, or to all shards. */
import {
  type Admission,
  type Admitted,
  type Kept,
  type MemoryBusy,
  type Outcome,
  standingOn,
  type Unremembered,
  type Waiting,
} from "./admission.ts";
import type { FoundRequests } from "./asked.ts";
import type { LedgerEntry } from "./entry.ts";
import { createGathering } from "./gathering.ts";
import type { Ledgers, Owed, TaskPlace } from "./ledgers.ts";
import { lookThroughAll } from "./look-through.ts";
import type { Memory } from "./memory.ts";
import { createSettling } from "./settling.ts";
import type { Ledger } from "./shard.ts";
import type { Shards } from "./shards.ts";
import type { Found } from "./summary.ts";
import { mergeWorkloads, type Workload } from "./workload.ts";

type Stub = DurableObjectStub<Ledger>;

export interface LedgerEdges {
  readonly namespace: DurableObjectNamespace<Ledger>;
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
  /** Keeps the current request alive until the work is done. */
  waitUntil(work: Promise<unknown>): void;
  /** Called after every admission and every probe with whether the ledger could be written. */
  written(done: boolean): void;
  /** Called with outcomes that no shard has accepted. */
  lost(outcomes: readonly Outcome[], cause: unknown): void;
}

export function createLedgers(
  shards: Shards,
  { namespace, now: clock, sleep, waitUntil, written, lost }: LedgerEdges,
): Ledgers {
  const ids = new Map<string, DurableObjectId>();
  // Making an id from a name costs a hash, so ids are kept; a stub belongs to one request.
  const shard = (name: string): Stub => {
    const id = ids.get(name) ?? namespace.idFromName(name);
    ids.set(name, id);
    return namespace.get(id);
  };
  const ofTask = ({ id, began }: TaskPlace): Stub => shard(shards.ofTask(id, began));
  const ofOwner = (owner: string): Stub => shard(shards.ofOwner(owner, clock() / 1000));
  // The types of a stub wrap plain data in nested promises.
  const all = <T>(ask: (each: Stub) => Promise<unknown>): Promise<T[]> =>
    Promise.all(shards.all.map((name) => ask(shard(name)) as Promise<T>));

  const settling = createSettling({
    tell: async (name, outcomes) => shard(name).settle(outcomes),
    lost,
    sleep,
    now: clock,
  });
  const gather = createGathering<Admission, Admitted>({
    askAll: (name, admissions) => settling.ride(name, async (outcomes) => shard(name).admitAll(admissions, outcomes)),
    waitUntil,
    now: clock,
  });

  return {
    admit: async (task, admission, owed = []) => {
      const now = clock() / 1000;
      const here = shards.ofTask(task.id, task.began);
      const [same, others] = [true, false].map((is) =>
        owed.filter(({ owner }) => (shards.ofOwner(owner, now) === here) === is),
      ) as [Owed[], Owed[]];
      for (const { owner, name, expires } of others) {
        const fresh = await ofOwner(owner).spend([{ name, expires }]);
        if (!fresh) return { admitted: false, why: "replayed", name };
      }
      const singles = [...admission.singles, ...same.map(({ name, expires }) => ({ name, expires }))];
      const asked = { ...admission, singles };
      const alone = async (one: Admission): Promise<Admitted> => shard(here).admit(one);
      const admitted = await gather(here, asked)
        .then((answer) => (!answer.admitted && answer.why === "memory_busy" ? alone(asked) : answer))
        .catch(() => alone({ ...asked, again: true }))
        .catch((cause: unknown) => {
          written(false);
          throw cause;
        });
      written(true);
      return admitted;
    },
    settle: ({ id, began }, outcome) => settling.settle(shards.ofTask(id, began), outcome),
    append: async (entry) => {
      const holding = shards.holding(entry.task);
      const has = await Promise.all(holding.length === 1 ? [true] : holding.map((name) => shard(name).has(entry.task)));
      const name = holding[has.lastIndexOf(true)] ?? shards.ofTask(entry.task, clock() / 1000);
      await shard(name).admit({ entry, standings: [], singles: [], again: true });
    },
    memory: async (place) => (await ofTask(place).memory(place.id)) as Memory,
    remember: async (place, use, id) =>
      (await ofTask(place).remember({ ...use, owner: place.id }, id)) as Kept | Unremembered | MemoryBusy,
    leaveMemory: async (place, id) => ofTask(place).leaveMemory(place.id, id),
    isRevoked: async (task, authority) => ofTask(task).isRevoked(standingOn(authority)),
    spend: async ({ owner, name, expires }) => ofOwner(owner).spend([{ name, expires }]),
    seen: async (owner, name) => ofOwner(owner).seen(name),
    shards: shards.all,
    shardOf: ({ id, began }) => shards.ofTask(id, began),
    revokedPlaces: async (name) => shard(name).revokedPlaces(),
    parts: async (task) => {
      const parts = shards
        .holding(task)
        .map(async (name) => ({ shard: name, entries: (await shard(name).entries(task)) as LedgerEntry[] }));
      return (await Promise.all(parts)).filter(({ entries }) => entries.length > 0);
    },
    find: async (id) =>
      (await all<string | undefined>(async (each) => each.find(id))).find((task) => task !== undefined),
    tasks: async (txn) => [...new Set((await all<string[]>(async (each) => each.tasks(txn))).flat())],
    search: async (search) => {
      const found = (await all<Found[]>(async (each) => each.search(search))).flat();
      return found.sort((a, b) => b.written - a.written).slice(0, search.limit);
    },
    requests: async (wanted) =>
      lookThroughAll(wanted, (step) => all<FoundRequests>(async (each) => each.lookThrough(step))),
    workloads: async () => mergeWorkloads(await all<Workload[]>(async (each) => each.workloads())),
    probe: async () => {
      await all<void>(async (each) => each.probe()).catch((cause: unknown) => {
        written(false);
        throw cause;
      });
      written(true);
    },
    waiting: async () => {
      const waiting = await all<Waiting>(async (each) => each.waiting());
      const since = waiting.flatMap((each) => each.since ?? []);
      return {
        entries: waiting.reduce((sum, { entries }) => sum + entries, 0),
        since: since.length === 0 ? undefined : Math.min(...since),
      };
    },
  };
}
