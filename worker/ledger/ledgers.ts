/** The ledger as those know it who write and read it: all its shards as one. */
import type { Authority } from "../chain/types.ts";
import type {
  Admission,
  Admitted,
  Kept,
  MemoryBusy,
  NewEntry,
  Outcome,
  Single,
  Unremembered,
  Waiting,
} from "./admission.ts";
import type { FoundRequests, RequestSearch } from "./asked.ts";
import type { LedgerEntry } from "./entry.ts";
import type { Memory, MemoryUse } from "./memory.ts";
import type { Found, Search } from "./summary.ts";
import type { Workload } from "./workload.ts";

/** A task, and when it began, in seconds since the epoch. */
export interface TaskPlace {
  readonly id: string;
  readonly began: number;
}

/** Something that is good once, and whose it is: the shard goes by its owner. */
export interface Owed extends Single {
  readonly owner: string;
}

/** What one shard has of a task. */
export interface LedgerPart {
  readonly shard: string;
  readonly entries: readonly LedgerEntry[];
}

/** Rejects where a shard cannot be reached. */
export interface Ledgers {
  /**
   * An admission whose answer is lost is asked for once more: it is written once.
   *
   * @param owed what is single use and bound to no task: in the same commit if its owner has the same shard, else before
   */
  admit(task: TaskPlace, admission: Admission, owed?: readonly Owed[]): Promise<Admitted>;
  /** Resolves when the outcome is told or lost, or goes with others. Never rejects. */
  settle(task: TaskPlace, outcome: Outcome): Promise<void>;
  /** Adds what somebody did to a ledger of which only the name is known. */
  append(entry: NewEntry): Promise<void>;
  /** What is remembered of a task, or of somebody for a day. */
  memory(place: TaskPlace): Promise<Memory>;
  /** Changes a memory beside an admission: before it, or after it to take a change back. @param id of the request's decision */
  remember(place: TaskPlace, use: Omit<MemoryUse, "owner">, id: string): Promise<Kept | Unremembered | MemoryBusy>;
  /** Lets others at a memory that has moved, where the request needs it no more. */
  leaveMemory(place: TaskPlace, id: string): Promise<void>;
  isRevoked(task: TaskPlace, authority: Authority): Promise<boolean>;
  /** @returns false where it was spent before */
  spend(owed: Owed): Promise<boolean>;
  seen(owner: string, name: string): Promise<boolean>;
  /** The shards: each has a status list. */
  readonly shards: readonly string[];
  /** The shard that gives out the places of a task's tokens. */
  shardOf(task: TaskPlace): string;
  /** Places of a shard's status list. */
  revokedPlaces(shard: string): Promise<readonly number[]>;
  /** The task's entries in each shard that has any. */
  parts(task: string): Promise<LedgerPart[]>;
  /** The ledger that a decision stands in. */
  find(id: string): Promise<string | undefined>;
  /** Identities of the tasks that somebody gave this `txn`. */
  tasks(txn: string): Promise<string[]>;
  /** Newest first. */
  search(search: Search): Promise<Found[]>;
  /** Requests by path and arguments, newest first. */
  requests(search: RequestSearch): Promise<FoundRequests>;
  workloads(): Promise<Workload[]>;
  /** Writes to every shard: rejects where one cannot be written. */
  probe(): Promise<void>;
  /** What waits for the long-term store, in all shards. */
  waiting(): Promise<Waiting>;
}
