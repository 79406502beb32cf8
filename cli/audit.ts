/** A task's ledger as a file, and what can be checked of it: hashes, the gateway's checkpoint, an earlier export. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { findBreak, type LedgerEntry } from "../worker/state/entry.ts";
import type { AuditRecord } from "../worker/state/record.ts";
import type { Ledger } from "./ledger.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
const EVENT = "dev.hopgate.decision.v1";
const CHECKPOINT = "dev.hopgate.checkpoint.v1";

/** JSON lines of CloudEvents 1.0: `data` is the record, `hopgateentry` the entry to the byte. */
export function exportLedger({ txn, entries, checkpoint }: Ledger): string {
  const source = `urn:hopgate:task:${encodeURIComponent(txn)}`;
  const events = entries.map((entry) => {
    const record = JSON.parse(entry.record) as AuditRecord;
    return {
      specversion: "1.0",
      type: EVENT,
      source,
      id: record.id,
      time: record.time,
      data: record,
      hopgateentry: JSON.stringify(entry),
    };
  });
  const last = { specversion: "1.0", type: CHECKPOINT, source, id: `${entries.length}`, data: checkpoint };
  return [...events, last].map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** The entries of an export. @throws Error where the file is none */
export async function readExport(file: string): Promise<LedgerEntry[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot read \`${file}\`: ${error.code}`);
  });
  try {
    const events = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; hopgateentry?: string });
    return events.flatMap(({ hopgateentry: entry }) => (entry === undefined ? [] : [JSON.parse(entry) as LedgerEntry]));
  } catch {
    throw new Error(`\`${file}\` is no export of a ledger`);
  }
}

/** Everything that is wrong, in words; nothing where the ledger is whole. */
export async function verifyLedger(
  gateway: string,
  { txn, entries, checkpoint }: Ledger,
  earlier: readonly LedgerEntry[] = [],
): Promise<string[]> {
  const problems: string[] = [];
  const broken = findBreak(entries, sha256);
  if (broken !== undefined) problems.push(`entry ${broken.seq} does not follow from the one before`);
  const changed = earlier.find((entry, index) => entries[index]?.hash !== entry.hash);
  if (changed !== undefined) problems.push(`entry ${changed.seq} of the export is not there any more, or was changed`);
  const problem = await checkCheckpoint(gateway, txn, entries, checkpoint);
  return problem === undefined ? problems : [...problems, problem];
}

async function checkCheckpoint(
  gateway: string,
  txn: string,
  entries: readonly LedgerEntry[],
  checkpoint?: string,
): Promise<string | undefined> {
  if (checkpoint === undefined) return "the gateway has signed no checkpoint";
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", gateway));
  const verified = await jwtVerify(checkpoint, keys, { typ: "ledger-checkpoint+jwt" }).catch(() => undefined);
  if (verified === undefined) return "the checkpoint is not signed by the gateway";
  const last = entries.at(-1);
  const { payload } = verified;
  const same = payload["txn"] === txn && payload["seq"] === last?.seq && payload["hash"] === last?.hash;
  return same ? undefined : "the checkpoint is of another state than the entries";
}
