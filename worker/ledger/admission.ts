/** What a shard of the ledger is asked and what it answers: plain data, as it travels from the Worker to the object. */
import type { Authority } from "../chain/types.ts";
import type { Memory, MemoryUse } from "./memory.ts";

/** Something that is single use. */
export interface Single {
  /** Whose it is and what it is called there: a key's thumbprint and `jti`, a client and its assertion. */
  readonly name: string;
  /** Seconds since the epoch, from when it would be refused anyway. */
  readonly expires: number;
}

/** A message, and the id under which it is delivered. */
export interface Delivery {
  readonly message: string;
  readonly delivery: string;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** What a request depends on: any of it may be revoked, for good or for what was issued until a time. */
export interface Standing {
  /** JSON array of the names by which it can be revoked: one text travels faster than many. */
  readonly keys: string;
  /** Seconds since the epoch. */
  readonly issued: number;
}

export function standingOn({ keys, issued }: Authority): Standing {
  return { keys: JSON.stringify(keys), issued };
}

/** A record on its way into the ledger, with what it is found by. */
export interface NewEntry {
  /** The ledger: a task's identity, or `ledgerOfDay`. */
  readonly task: string;
  /** What the task's introducer calls it; empty where there is no task. */
  readonly txn: string;
  /** The decision's id, or the act's. */
  readonly id: string;
  /** "allowed", "denied", "failed", or an act such as "approved". */
  readonly kind: string;
  /** Break-glass. */
  readonly emergency: boolean;
  /** Subject and actors, each as `partyId`. */
  readonly names: readonly string[];
  /** Until when the root lives, in seconds since the epoch: requests of the task may come until then. Absent of acts. */
  readonly until?: number | undefined;
  /** JSON text, kept to the byte. */
  readonly record: string;
}

/** A decided request. What it needs is judged and written in one commit, or nothing is. */
export interface Admission {
  /** Absent where there is nothing to record yet: a token that begins a task. */
  readonly entry?: NewEntry | undefined;
  /** Revoking any of it refuses the request. */
  readonly standings: readonly Standing[];
  readonly singles: readonly Single[];
  readonly delivery?: Delivery | undefined;
  /** What the request takes from the memory of its task, and what it adds to it. */
  readonly memory?: MemoryUse | undefined;
  /** Until when the token that is issued needs a place in the status list, in seconds since the epoch. */
  readonly placeUntil?: number | undefined;
  /** Whether the same admission may have been written before, by a call whose answer was lost. */
  readonly again?: boolean | undefined;
}

export type Admitted =
  | {
      readonly admitted: true;
      readonly place: number | undefined;
      /** What the memory is now, of a request that was judged by it or has changed it. */
      readonly memory?: Memory | undefined;
    }
  | Refused;

export type Refused =
  /** `which` of the standings. */
  | { readonly admitted: false; readonly why: "revoked"; readonly which: number }
  /** The name of what was spent before. */
  | { readonly admitted: false; readonly why: "replayed"; readonly name: string }
  | { readonly admitted: false; readonly why: "redelivered" }
  | Unremembered
  | MemoryBusy;

/** What a memory is after a change. */
export interface Kept {
  readonly admitted: true;
  readonly memory: Memory;
}

/** Why a memory was not changed: it is not the one that the policies have seen, or holds no more. */
export type Unremembered =
  | { readonly admitted: false; readonly why: "memory_moved"; readonly memory: Memory }
  | { readonly admitted: false; readonly why: "memory_full" };

/** Another request has the memory for itself, and this one did not wait for it, or not for as long as that took. */
export interface MemoryBusy {
  readonly admitted: false;
  readonly why: "memory_busy";
}

/** What comes of a change of a memory, by itself or with an admission. */
export type Changed = Admitted | Kept;

/** What came of an admitted request. */
export interface Outcome {
  readonly task: string;
  /** The decision's id. */
  readonly id: string;
  /** "allowed" where it was carried out. */
  readonly kind: string;
  readonly rule?: string | undefined;
  readonly message?: string | undefined;
  /** What the caller was answered. */
  readonly status: number;
  readonly upstream?: { readonly status: number; readonly milliseconds: number } | undefined;
  /** The MCP tool or request failed, as its server says. */
  readonly failed?: boolean | undefined;
  /** Why the gateway ended the stream that was the answer. */
  readonly ended?: string | undefined;
}

/** In place of a time: before everything that was ever issued, so it ends nothing, and what it follows on is lifted. */
export const LIFTED = -1;

/** One name that is revoked. */
export interface Revocation {
  /** 1, 2, 3, ... */
  readonly seq: number;
  readonly key: string;
  /** Seconds since the epoch: only what was issued then or earlier is revoked; null revokes for good, `LIFTED` nothing. */
  readonly before: number | null;
  /** Seconds since the epoch: what it could end has expired by then; null where that is not known. */
  readonly until: number | null;
}

/** What waits for the long-term store. */
export interface Waiting {
  readonly entries: number;
  /** Milliseconds since the epoch at which the oldest was written; undefined where none waits. */
  readonly since: number | undefined;
}
