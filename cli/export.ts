/**
 * Verifies a file about a task by itself: every record against its hash, every hash against the previous one, the other
 * members of each event against its record, and the gateway's checkpoint against all of them.
 */
import { GENESIS, hashEntry, type LedgerEntry } from "../worker/ledger/entry.ts";
import { eventId, eventType, recordIn, sourceOf } from "../worker/ledger/event.ts";
import type { AnyRecord } from "../worker/ledger/outcomes.ts";
import { type JsonLimits, type JsonObject, readStrictObject } from "../worker/trust/strict-json.ts";
import { sha256 } from "./hash.ts";

export const CHECKPOINT = "dev.hopgate.checkpoint.v1";

/** A file's entries of a task, and everything that is wrong with them, in words. */
export interface Judged {
  readonly entries: readonly LedgerEntry[];
  readonly problems: readonly string[];
}

/** Returns what is wrong with a checkpoint for these entries; undefined if nothing is. */
export type CheckCheckpoint = (jws: string, entries: readonly LedgerEntry[]) => Promise<string | undefined>;

/**
 * An export is the whole ledger of a task in order, and ends with the checkpoint of its last entry.
 *
 * @param kept the first entry that the ledger still has: a file may begin there, or earlier
 */
export async function judgeExport(text: string, task: string, kept: number, check: CheckCheckpoint): Promise<Judged> {
  const lines = text.split("\n");
  const problems: string[] = [];
  if (lines.pop() !== "") problems.push("the last line is not complete");
  const entries: LedgerEntry[] = [];
  let checkpoint: JsonObject | undefined;
  for (const [index, line] of lines.entries()) {
    const at = `line ${index + 1}`;
    const event = readEvent(line);
    if (event === undefined) problems.push(`${at} is not a CloudEvent that every parser reads the same way`);
    else if (event["source"] !== sourceOf(task)) problems.push(`${at} is not of the task ${task}`);
    else {
      if (checkpoint !== undefined) problems.push(`${at} comes after the checkpoint`);
      if (event["type"] === CHECKPOINT) {
        checkpoint = event;
        continue;
      }
      const { entry, problem } = judgeEntry(line, event);
      if (problem !== undefined) problems.push(`${at}: ${problem}`);
      if (entry !== undefined) entries.push(entry);
    }
  }
  problems.push(...linkProblems(entries, kept));
  const jws = checkpoint?.["data"];
  if (typeof jws !== "string") problems.push("the file has no checkpoint: entries may be missing at its end");
  else {
    if (checkpoint?.["id"] !== `${entries.length}`) problems.push("the checkpoint has the number of another state");
    const problem = await check(jws, entries);
    if (problem !== undefined) problems.push(problem);
  }
  return { entries, problems };
}

/** Objects of the long-term store mix tasks, may hold an entry twice, and have no checkpoint. */
export function judgeArchive(texts: readonly string[], task: string, kept: number): Judged {
  const problems: string[] = [];
  const found = new Map<number, LedgerEntry>();
  const events = texts.flatMap((text) => text.split("\n")).filter((line) => line !== "");
  for (const [index, line] of events.entries()) {
    const event = readEvent(line);
    if (event === undefined)
      problems.push(`event ${index + 1} is not a CloudEvent that every parser reads the same way`);
    if (event?.["source"] !== sourceOf(task)) continue;
    const { entry, problem } = judgeEntry(line, event);
    if (problem !== undefined) problems.push(`event ${index + 1}: ${problem}`);
    if (entry === undefined) continue;
    const known = found.get(entry.seq);
    if (known !== undefined && known.hash !== entry.hash)
      problems.push(`entry ${entry.seq} occurs twice, with different content`);
    found.set(entry.seq, entry);
  }
  const entries = [...found.values()].sort((a, b) => a.seq - b.seq);
  return { entries, problems: [...problems, ...linkProblems(entries, kept)] };
}

/** Records contain the question to the policies, which contains claims of chains. */
const LIMITS: JsonLimits = { depth: 64, members: 10_000 };

function readEvent(line: string): JsonObject | undefined {
  try {
    return readStrictObject(line, LIMITS);
  } catch {
    return undefined;
  }
}

/** The entry of an event, against which the rest of the event is checked; its record is hashed exactly as it is in the line. */
function judgeEntry(line: string, event: JsonObject): { readonly entry?: LedgerEntry; readonly problem?: string } {
  const entry = readEntry(event["hopgateentry"], recordIn(line));
  if (entry === undefined) return { problem: "has no entry of a ledger" };
  const { seq } = entry;
  if (hashEntry(entry, sha256) !== entry.hash) return { entry, problem: `entry ${seq} does not have its hash` };
  const record = event["data"] as JsonObject & AnyRecord;
  const said = { type: eventType(record), id: eventId(record, entry.hash), time: record.time };
  const differs = Object.entries(said).find(([name, value]) => event[name] !== value);
  return {
    entry,
    ...(differs !== undefined && { problem: `\`${differs[0]}\` is not what the record of entry ${seq} says` }),
  };
}

function readEntry(text: unknown, record: string): LedgerEntry | undefined {
  const entry = typeof text === "string" ? readEvent(text) : undefined;
  if (entry === undefined || readEvent(record) === undefined) return undefined;
  const { seq, prev, hash } = entry;
  if (typeof prev !== "string" || typeof hash !== "string") return undefined;
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return undefined;
  return { seq: seq as number, prev, hash, record };
}

/** Whether each entry follows from the one before, from the first on; entries before `kept` are only in the archive. */
function linkProblems(entries: readonly LedgerEntry[], kept: number): string[] {
  const first = Math.min(entries[0]?.seq ?? 1, kept);
  return entries.flatMap(({ seq, prev }, index) => {
    const before = entries[index - 1];
    const expected = before === undefined ? first : before.seq + 1;
    if (seq > expected) return [`${missing(expected, seq - 1)} not in the file`];
    if (seq < expected) return [`entry ${seq} is out of order`];
    if (before === undefined && seq > 1) return [];
    return prev === (before?.hash ?? GENESIS) ? [] : [`entry ${seq} does not follow from the one before`];
  });
}

function missing(from: number, to: number): string {
  return from === to ? `entry ${from} is` : `entries ${from} to ${to} are`;
}
