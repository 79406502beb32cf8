/** A task's ledger as a file, and its verification: hashes, the gateway's checkpoint, an earlier export. */
import { gunzipSync } from "node:zlib";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { findBreak, type LedgerEntry } from "../worker/ledger/entry.ts";
import { entryLine, sourceOf } from "../worker/ledger/event.ts";
import { readRecord } from "../worker/ledger/outcomes.ts";
import { readStrictJws } from "../worker/trust/strict-jws.ts";
import { CHECKPOINT, type Judged, judgeArchive, judgeExport } from "./export.ts";
import { sha256 } from "./hash.ts";
import { readBytes, readText } from "./input.ts";
import type { Ledger } from "./ledger.ts";

/** JSON lines: one CloudEvent (1.0) for each entry, then the checkpoint. */
export function exportLedger({ task, entries, checkpoint }: Ledger): string {
  const lines = entries.map((entry) => entryLine(task, entry, readRecord(entry)));
  const last = {
    specversion: "1.0",
    type: CHECKPOINT,
    source: sourceOf(task),
    id: `${entries.length}`,
    data: checkpoint,
  };
  return `${lines.join("")}${JSON.stringify(last)}\n`;
}

/** Everything that is wrong with the gateway's ledger itself, in words; empty if it is whole. */
export async function verifyLedger(gateway: string, { task, entries, checkpoint }: Ledger): Promise<string[]> {
  const broken = findBreak(entries, sha256);
  const problem =
    checkpoint === undefined
      ? "the gateway has signed no checkpoint"
      : await checkCheckpoint(gateway, task, checkpoint, entries);
  return [
    ...(broken === undefined ? [] : [`entry ${broken.seq} does not follow from the one before`]),
    ...(problem === undefined ? [] : [problem]),
  ];
}

/**
 * Everything that is wrong with an export: by itself, and compared with the current ledger.
 *
 * @throws Error if the file has nothing of the task, because then nothing would be verified
 */
export async function verifyExport(gateway: string, ledger: Ledger, file: string): Promise<string[]> {
  const { task } = ledger;
  const check = (jws: string, entries: readonly LedgerEntry[]) => checkCheckpoint(gateway, task, jws, entries);
  return compare(await judgeExport(await readText(file), task, firstKept(ledger), check), ledger, file);
}

/** Like `verifyExport`, for objects of the long-term store, together. */
export async function verifyArchive(ledger: Ledger, files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(files.map(readCompressed));
  return compare(judgeArchive(texts, ledger.task, firstKept(ledger)), ledger, files.join(", "));
}

function firstKept({ entries }: Ledger): number {
  return entries[0]?.seq ?? 1;
}

/** Text, compressed or not. @throws Error if the file cannot be read */
async function readCompressed(file: string): Promise<string> {
  const bytes = await readBytes(file);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isGzip ? gunzipSync(bytes) : bytes).toString("utf8");
}

function compare({ entries, problems }: Judged, { task, entries: now }: Ledger, files: string): string[] {
  if (entries.length === 0) throw new Error(`nothing in \`${files}\` is of the task ${task}`);
  // Entries older than the ledger's first one were removed when their retention ended.
  const kept = new Map(now.map((entry) => [entry.seq, entry]));
  const changed = entries.find(({ seq, hash, record }) => {
    const entry = kept.get(seq);
    return seq >= (now[0]?.seq ?? 1) && (entry?.hash !== hash || entry.record !== record);
  });
  const more = changed === undefined ? [] : [`entry ${changed.seq} of the file is not what the ledger has`];
  return [...problems, ...more].map((problem) => `${files}: ${problem}`);
}

async function checkCheckpoint(
  gateway: string,
  task: string,
  checkpoint: string,
  entries: readonly LedgerEntry[],
): Promise<string | undefined> {
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", gateway));
  const verified = await verifyStrictly(checkpoint, keys).catch(() => undefined);
  if (verified === undefined) return "the checkpoint is not signed by the gateway";
  const last = entries.at(-1);
  const { payload } = verified;
  const same = payload["task"] === task && payload["seq"] === last?.seq && payload["hash"] === last?.hash;
  return same ? undefined : "the checkpoint is of another state than the entries";
}

async function verifyStrictly(checkpoint: string, keys: ReturnType<typeof createRemoteJWKSet>) {
  readStrictJws(checkpoint);
  return jwtVerify(checkpoint, keys, { typ: "ledger-checkpoint+jwt", algorithms: ["EdDSA"] });
}
