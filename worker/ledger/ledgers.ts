/** The ledger as its readers and writers see it: all its shards as one. */
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

/** Something that is single use, and its owner, which selects the shard. */
export interface Owed extends Single {
  readonly owner: string;
}

/** One shard's part of a task. */
export interface LedgerPart {
  readonly shard: string;
  readonly entries: readonly LedgerEntry[];
}

/** Rejects if a shard cannot be reached. */
export interface Ledgers {
  /**
   * An admission whose answer is lost is sent again, and written once.
   *
   * @param owed what is single use and not bound to a task: in the same commit if its owner has the same shard, else
   * before
   */
  admit(task: TaskPlace, admission: Admission, owed?: readonly Owed[]): Promise<Admitted>;
  /** Resolves when the outcome is written or lost, or is batched with others. Never rejects. */
  settle(task: TaskPlace, outcome: Outcome): Promise<void>;
  /** Adds an act to a ledger of which only the name is known. */
  append(entry: NewEntry): Promise<void>;
  /** The memory of a task, or of a caller or subject for a day. */
  memory(place: TaskPlace): Promise<Memory>;
  /**
   * Changes a memory outside an admission: before it, or after it to undo a change. @param id of the request's decision
   */
  remember(place: TaskPlace, use: Omit<MemoryUse, "owner">, id: string): Promise<Kept | Unremembered | MemoryBusy>;
  /** Ends the request's turn with a memory that it no longer needs. */
  leaveMemory(place: TaskPlace, id: string): Promise<void>;
  isRevoked(task: TaskPlace, authority: Authority): Promise<boolean>;
  /** @returns false if it was spent before */
  spend(owed: Owed): Promise<boolean>;
  seen(owner: string, name: string): Promise<boolean>;
  /** The shards, each with a status list. */
  readonly shards: readonly string[];
  /** The shard that assigns the places of a task's tokens in its status list. */
  shardOf(task: TaskPlace): string;
  /** Places of a shard's status list. */
  revokedPlaces(shard: string): Promise<readonly number[]>;
  /** The task's entries in every shard that has some. */
  parts(task: string): Promise<LedgerPart[]>;
  /** The ledger that contains a decision. */
  find(id: string): Promise<string | undefined>;
  /** Identities of the tasks with this `txn`. */
  tasks(txn: string): Promise<string[]>;
  /** Newest first. */
  search(search: Search): Promise<Found[]>;
  /** Requests by path and arguments, newest first. */
  requests(search: RequestSearch): Promise<FoundRequests>;
  workloads(): Promise<Workload[]>;
  /** Writes to every shard; rejects if one cannot be written. */
  probe(): Promise<void>;
  /** What waits for the long-term store, in all shards. */
  waiting(): Promise<Waiting>;
}
