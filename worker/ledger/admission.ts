/** Requests to a shard of the ledger and its answers: plain data that is sent between the Worker and the object. */
import type { Authority } from "../chain/types.ts";
import type { Memory, MemoryUse } from "./memory.ts";

/** Something that is single use. */
export interface Single {
  /** Its owner and its name there: a key's thumbprint and `jti`, a client and its assertion. */
  readonly name: string;
  /** Seconds since the epoch: when it expires, and is refused anyway. */
  readonly expires: number;
}

/** A message, and the id under which it is delivered. */
export interface Delivery {
  readonly message: string;
  readonly delivery: string;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** What a request depends on. Each key may be revoked, permanently or for what was issued until a time. */
export interface Standing {
  /** JSON array of the names by which it can be revoked; one string is cheaper to send than many. */
  readonly keys: string;
  /** Seconds since the epoch. */
  readonly issued: number;
}

export function standingOn({ keys, issued }: Authority): Standing {
  return { keys: JSON.stringify(keys), issued };
}

/** A record for the ledger, with the fields that searches use. */
export interface NewEntry {
  /** The ledger: a task's identity, or `ledgerOfDay`. */
  readonly task: string;
  /** What the task's introducer calls it; empty if there is no task. */
  readonly txn: string;
  /** The decision's id, or the act's. */
  readonly id: string;
  /** "allowed", "denied", "failed", or an act such as "approved". */
  readonly kind: string;
  /** Break-glass. */
  readonly emergency: boolean;
  /** Subject and actors, each as `partyId`. */
  readonly names: readonly string[];
  /** When the root expires, in seconds since the epoch: requests of the task may come until then. Absent for acts. */
  readonly until?: number | undefined;
  /** JSON text, kept unchanged. */
  readonly record: string;
}

/** A decided request. All of it is checked and written in one commit, or nothing is. */
export interface Admission {
  /** Absent if there is nothing to record yet: a token that begins a task. */
  readonly entry?: NewEntry | undefined;
  /** Revoking any of it refuses the request. */
  readonly standings: readonly Standing[];
  readonly singles: readonly Single[];
  readonly delivery?: Delivery | undefined;
  /** What the request has read from its task's memory, and what it adds to it. */
  readonly memory?: MemoryUse | undefined;
  /** When the issued token expires, in seconds since the epoch: until then it needs a place in the status list. */
  readonly placeUntil?: number | undefined;
  /** Whether a call whose answer was lost may have written the same admission already. */
  readonly again?: boolean | undefined;
}

export type Admitted =
  | {
      readonly admitted: true;
      readonly place: number | undefined;
      /** The memory now, if the request has read or changed it. */
      readonly memory?: Memory | undefined;
    }
  | Refused;

export type Refused =
  /** `which` of the standings. */
  | { readonly admitted: false; readonly why: "revoked"; readonly which: number }
  /** The name of the single that was spent before. */
  | { readonly admitted: false; readonly why: "replayed"; readonly name: string }
  | { readonly admitted: false; readonly why: "redelivered" }
  | Unremembered
  | MemoryBusy;

/** A memory after a change. */
export interface Kept {
  readonly admitted: true;
  readonly memory: Memory;
}

/** Why a memory was not changed: it is not the one that the policies have seen, or it is full. */
export type Unremembered =
  | { readonly admitted: false; readonly why: "memory_moved"; readonly memory: Memory }
  | { readonly admitted: false; readonly why: "memory_full" };

/** Another request has the turn with the memory, and this one did not wait, or not long enough. */
export interface MemoryBusy {
  readonly admitted: false;
  readonly why: "memory_busy";
}

/** Result of a change of a memory, by itself or with an admission. */
export type Changed = Admitted | Kept;

/** The outcome of an admitted request. */
export interface Outcome {
  readonly task: string;
  /** The decision's id. */
  readonly id: string;
  /** "allowed" if it was carried out. */
  readonly kind: string;
  readonly rule?: string | undefined;
  readonly message?: string | undefined;
  /** The status of the answer to the caller. */
  readonly status: number;
  readonly upstream?: { readonly status: number; readonly milliseconds: number } | undefined;
  /** The MCP tool or request failed, as its server says. */
  readonly failed?: boolean | undefined;
  /** Why the gateway ended the stream that was the answer. */
  readonly ended?: string | undefined;
}

/**
 * Instead of a time: earlier than anything that was ever issued, so it revokes nothing, and lifts an earlier
 * revocation.
 */
export const LIFTED = -1;

/** One name that is revoked. */
export interface Revocation {
  /** 1, 2, 3, ... */
  readonly seq: number;
  readonly key: string;
  /** Seconds since the epoch: only what was issued then or earlier is revoked; null revokes permanently, `LIFTED` nothing. */
  readonly before: number | null;
  /** Seconds since the epoch: when everything that it could end has expired; null if that is not known. */
  readonly until: number | null;
}

/** What waits for the long-term store. */
export interface Waiting {
  readonly entries: number;
  /** Milliseconds since the epoch at which the oldest was written; undefined if none waits. */
  readonly since: number | undefined;
}
