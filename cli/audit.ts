/** A task's ledger as a file, and what can be checked of it: hashes, the gateway's checkpoint, an earlier export. */
import { createRemoteJWKSet, jwtVerify } from "jose";
import { findBreak, type LedgerEntry } from "../worker/state/entry.ts";
import { entryEvent, sourceOf } from "../worker/state/event.ts";
import { sha256 } from "./hash.ts";
import { readText } from "./input.ts";
import type { Ledger } from "./ledger.ts";

const CHECKPOINT = "dev.hopgate.checkpoint.v1";

/** JSON lines of CloudEvents 1.0, one an entry, then the checkpoint. */
export function exportLedger({ task, entries, checkpoint }: Ledger): string {
  const events = entries.map((entry) => entryEvent(task, entry));
  const last = {
    specversion: "1.0",
    type: CHECKPOINT,
    source: sourceOf(task),
    id: `${entries.length}`,
    data: checkpoint,
  };
  return [...events, last].map((event) => `${JSON.stringify(event)}\n`).join("");
}

/**
 * A task's entries in an export, or in objects of the long-term store, which mix tasks and may hold an entry twice.
 *
 * @throws Error where a file is neither, or none holds anything of the task: comparing with nothing proves nothing
 */
export async function readExport(files: readonly string[], task: string): Promise<LedgerEntry[]> {
  const found = new Map<number, LedgerEntry>();
  for (const file of files) for (const entry of await entriesOf(file, task)) found.set(entry.seq, entry);
  if (files.length > 0 && found.size === 0)
    throw new Error(`nothing in \`${files.join(", ")}\` is of the task ${task}`);
  return [...found.values()].sort((a, b) => a.seq - b.seq);
}

async function entriesOf(file: string, task: string): Promise<LedgerEntry[]> {
  const text = await readText(file);
  try {
    const events = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { source: string; hopgateentry?: string });
    return events.flatMap(({ source, hopgateentry: entry }) =>
      entry === undefined || source !== sourceOf(task) ? [] : [JSON.parse(entry) as LedgerEntry],
    );
  } catch {
    throw new Error(`\`${file}\` is no export of a ledger`);
  }
}

/** Everything that is wrong, in words; nothing where the ledger is whole. */
export async function verifyLedger(
  gateway: string,
  { task, entries, checkpoint }: Ledger,
  earlier: readonly LedgerEntry[] = [],
): Promise<string[]> {
  const problems: string[] = [];
  const broken = findBreak(entries, sha256);
  if (broken !== undefined) problems.push(`entry ${broken.seq} does not follow from the one before`);
  const changed = earlier.find((entry) => entries[entry.seq - 1]?.hash !== entry.hash);
  if (changed !== undefined) problems.push(`entry ${changed.seq} of the export is not there any more, or was changed`);
  const problem = await checkCheckpoint(gateway, task, entries, checkpoint);
  return problem === undefined ? problems : [...problems, problem];
}

async function checkCheckpoint(
  gateway: string,
  task: string,
  entries: readonly LedgerEntry[],
  checkpoint?: string,
): Promise<string | undefined> {
  if (checkpoint === undefined) return "the gateway has signed no checkpoint";
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", gateway));
  const verified = await jwtVerify(checkpoint, keys, { typ: "ledger-checkpoint+jwt" }).catch(() => undefined);
  if (verified === undefined) return "the checkpoint is not signed by the gateway";
  const last = entries.at(-1);
  const { payload } = verified;
  const same = payload["task"] === task && payload["seq"] === last?.seq && payload["hash"] === last?.hash;
  return same ? undefined : "the checkpoint is of another state than the entries";
}
