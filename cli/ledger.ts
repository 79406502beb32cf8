/** Fetches the ledger of a task, checks its hashes, and tells each request's chain again. */
import { createHash } from "node:crypto";
import { findBreak, type LedgerEntry } from "../worker/state/entry.ts";
import type { AuditRecord } from "../worker/state/record.ts";
import { printable, table } from "./print.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

/** A task's ledger as the gateway gives it. */
export interface Ledger {
  readonly txn: string;
  readonly entries: readonly LedgerEntry[];
  /** The gateway's word for the last entry (worker/admin/audit.ts). */
  readonly checkpoint?: string;
}

/** @throws Error where there is no such task, or the gateway refuses */
export async function fetchLedger(gateway: string, adminToken: string, txn: string): Promise<Ledger> {
  const answer = await fetch(new URL(`/admin/audit/${encodeURIComponent(txn)}`, gateway), {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  if (answer.status === 404) throw new Error(`the ledger has no task \`${txn}\``);
  if (!answer.ok) throw new Error(`the gateway answered ${answer.status}`);
  return (await answer.json()) as Ledger;
}

/** Prints the task; false where its chain of hashes is broken. */
export async function printLedger(gateway: string, adminToken: string, txn: string): Promise<boolean> {
  const { entries } = await fetchLedger(gateway, adminToken, txn);
  for (const entry of entries)
    console.log(table(["", ""], recordRows(entry.seq, JSON.parse(entry.record) as AuditRecord)));
  const broken = findBreak(entries, sha256);
  if (broken === undefined) console.log(`   hash chain of ${entries.length} entries: whole`);
  else console.log(`   hash chain BROKEN at entry ${broken.seq}`);
  return broken === undefined;
}

function recordRows(seq: number, record: AuditRecord): string[][] {
  const { chain, request, decision, token, upstream } = record;
  const rows: (string[] | undefined)[] = [
    [
      `#${seq}`,
      `${record.time}  ${record.outcome.toUpperCase()}  ${request?.method} ${request?.path} (${request?.route})`,
    ],
    ["decision", record.id],
    record.message === undefined ? undefined : ["because", record.message],
    chain && ["for", chain.subject.sub],
    chain && ["through", chain.actors.map(({ sub }) => sub).join(" -> ")],
    chain?.purpose === undefined ? undefined : ["purpose", chain.purpose],
    ...(chain?.hops ?? []).map((hop, index) => [`hop ${index}`, `${hop.iss} -> ${hop.sub}  [${hop.scope}]`]),
    decision && ["policies", `${decision.policies.join(", ") || "none"}  of ${decision.policySet}`],
    token && ["token", `${token.jti} for ${token.aud}  [${token.scope}]  ${token.exp - token.iat} s`],
    upstream && ["upstream", `${upstream.status} in ${upstream.milliseconds} ms`],
  ];
  return rows.filter((row) => row !== undefined).map((row) => row.map(printable));
}
