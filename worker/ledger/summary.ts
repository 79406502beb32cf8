/** What the index keeps of a ledger's entry, for searches and for the inventory. Pure. */

import { partyId } from "../chain/party.ts";
import type { Actor, RecordedChain } from "../chain/types.ts";
import { type AnyRecord, readRecord, UnreadableEntry } from "./outcomes.ts";
import { type Packed, unpack } from "./packed.ts";
import { type ActRecord, type AuditRecord, type RecordedSign, targetOf } from "./record.ts";

/** One line of the list of decisions. */
export interface Summary {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  /** The ledger that has it: a task's identity, or `ledgerOfDay`. */
  readonly task: string;
  /** What the task's introducer calls it; empty if there is no task. */
  readonly txn: string;
  /** "allowed", "denied", "failed", or an act such as "approved". */
  readonly outcome: string;
  readonly rule: string;
  readonly route: string;
  readonly method: string;
  readonly path: string;
  /** The task's subject; for an act, who did it. */
  readonly subject: string;
  /** Origin workload first, each as `partyId`. */
  readonly actors: readonly string[];
  /** Break-glass. */
  readonly emergency: boolean;
  /** The sign; absent for anything else. */
  readonly signs?: readonly RecordedSign[];
}

/** A line of the result; `written`, in microseconds since the epoch, is used to ask for older ones. */
export interface Found extends Summary {
  readonly written: number;
  /** Why the record cannot be read; then only what its row says beside the record is known. */
  readonly unreadable?: string;
}

/** A search; absent fields match everything. */
export interface Search {
  /** Part of the name of a subject or an actor, or a complete task, `txn` or decision. */
  readonly text?: string | undefined;
  /** "allowed", "denied", "failed", or an act. */
  readonly outcome?: string | undefined;
  readonly emergency?: boolean | undefined;
  /** Only older ones: `written` of the last result. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** An entry as a shard keeps it; `kind` and `rule` are the outcome of the request. */
export type Stored = {
  readonly written: number;
  readonly seq: number;
  readonly kind: string;
  readonly rule: string | null;
  readonly record: Packed;
  readonly task: string;
  readonly txn: string;
};

/** One entry that cannot be read does not hide the others. */
export function summaryOf(row: Stored): Found {
  const { written, kind, rule, task, txn } = row;
  const summary = readSummary(row);
  return { ...summary, written, task, txn, outcome: kind, rule: rule ?? summary.rule };
}

function readSummary({ written, record, ...row }: Stored): Summary & Pick<Found, "unreadable"> {
  const unknown = { ...NOTHING, time: new Date(written / 1000).toISOString() };
  try {
    return indexRecord(row.task, readRecord({ ...row, record: unpack(record) }))?.summary ?? unknown;
  } catch (error) {
    if (error instanceof UnreadableEntry) return { ...unknown, unreadable: error.message };
    throw error;
  }
}

/** For a record that is not from this gateway, or cannot be read. */
const NOTHING: Summary = {
  id: "",
  time: "",
  task: "",
  txn: "",
  outcome: "",
  rule: "",
  route: "",
  method: "",
  path: "",
  subject: "",
  actors: [],
  emergency: false,
};

/** A summary, with what it shows about the use of authority. */
export interface Indexed {
  readonly summary: Summary;
  readonly held: readonly Held[];
  /** Scopes of the token that was issued; they count as used by every actor. */
  readonly used: readonly string[];
  /** Cedar action that the caller was allowed, if the caller is in the inventory. */
  readonly action: string | undefined;
}

/** What an actor was granted. */
export interface Held {
  readonly actor: string;
  readonly scopes: readonly string[];
  /** Seconds for which its credential lives. */
  readonly life: number;
}

/** @returns undefined for outcomes, which have no line of their own */
export function indexRecord(task: string, record: AnyRecord): Indexed | undefined {
  if ("outcomes" in record) return undefined;
  return "act" in record ? indexAct(task, record) : indexRequest(task, record);
}

function indexRequest(
  task: string,
  { id, time, outcome, rule, chain, request, decision, token }: AuditRecord,
): Indexed {
  const summary = {
    id,
    time,
    task,
    txn: chain?.txn ?? "",
    outcome,
    rule: rule ?? "",
    route: request?.route ?? "",
    method: request?.method ?? "",
    path: request === undefined ? "" : targetOf(request),
    subject: chain === undefined ? "" : partyId(chain.subject),
    actors: chain?.actors.map(actorId) ?? [],
    emergency: decision?.emergency !== undefined,
  };
  const allowed = outcome === "allowed";
  const caller = chain?.actors.at(-1);
  return {
    summary,
    held: chain === undefined ? [] : heldBy(chain),
    used: allowed && token !== undefined ? token.scope.split(" ").filter((scope) => scope !== "") : [],
    action: allowed && caller !== undefined && isKept(caller) ? decision?.question.request.action.id : undefined,
  };
}

function indexAct(task: string, { id, time, act, by, about, noticed }: ActRecord): Indexed {
  const path = typeof about["path"] === "string" ? about["path"] : "";
  const summary = { id, time, task, txn: "", outcome: act, rule: "", route: "", method: "", path };
  return {
    summary: {
      ...summary,
      subject: partyId(by),
      actors: noticed === undefined ? [] : [noticed.caller],
      emergency: false,
      ...(noticed && { signs: noticed.signs }),
    },
    held: [],
    used: [],
    action: undefined,
  };
}

/** The root's actors hold the root's scopes; every later actor holds those of its hop. */
function heldBy({ actors, hops }: RecordedChain): Held[] {
  const rooted = actors.length - (hops.length - 1);
  return actors.flatMap((party, index) => {
    const hop = hops[Math.max(0, index - rooted + 1)];
    if (hop === undefined || !isKept(party)) return [];
    const scopes = hop.scope.split(" ").filter((scope) => scope !== "");
    return [{ actor: actorId(party), scopes, life: hop.exp - (hop.iat ?? hop.exp) }];
  });
}

/**
 * Whether the inventory keeps an actor. A delegator can invent children and told names, a new one for each run, so
 * these are left out; what they use counts for the actors above them.
 */
function isKept({ proof }: Actor): boolean {
  return proof !== "child" && proof !== "told";
}

/** A told name is kept apart from the same name when proven. */
export function actorId(actor: Actor): string {
  return actor.proof === "told" ? `${partyId(actor)} (told)` : partyId(actor);
}
