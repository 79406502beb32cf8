/** Reads the ledgers of tasks, and judges them against what callers were answered and what reached the upstream. */
import { expect } from "vitest";
import { sha256 } from "../../cli/hash.ts";
import { AdminError, askAdmin, type Remote } from "../../sdk/admin.ts";
import { findBreak, type LedgerEntry } from "../../worker/ledger/entry.ts";
import { tellEntries } from "../../worker/ledger/outcomes.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { type Answer, sendAll } from "./callers.ts";

/** The requests of a task, oldest first; its chain of hashes must be whole, and no decision stand there twice. */
export async function requestsOf(remote: Remote, txn: string): Promise<AuditRecord[]> {
  const entries = await entriesOf(remote, txn);
  expect(findBreak(entries, sha256), txn).toBeUndefined();
  const records = tellEntries(entries).flatMap(({ record }) => ("act" in record ? [] : [record]));
  expect(new Set(records.map(({ id }) => id)).size, txn).toBe(records.length);
  return records;
}

async function entriesOf(remote: Remote, txn: string): Promise<readonly LedgerEntry[]> {
  try {
    const answer = await askAdmin(remote, `audit/${encodeURIComponent(txn)}`);
    return ((await answer.json()) as { entries: readonly LedgerEntry[] }).entries;
  } catch (error) {
    // Nothing of the task was ever admitted.
    if (error instanceof AdminError && error.status === 404) return [];
    throw error;
  }
}

/** Of decisions those that are in no ledger of these tasks. */
export async function missingFrom(
  remote: Remote,
  txns: Iterable<string>,
  decisions: Iterable<string>,
): Promise<string[]> {
  const recorded = new Set<string>();
  for (const txn of new Set(txns)) for (const { id } of await requestsOf(remote, txn)) recorded.add(id);
  return [...decisions].filter((id) => !recorded.has(id));
}

/** Sends what was answered again as it was: no proof passes twice. */
export async function expectSpent(origin: string, answers: readonly Answer[]): Promise<void> {
  const again: Answer[] = [];
  const requests = answers.map(({ request }) => request);
  await sendAll(origin, requests, 16, (answer) => again.push(answer));
  expect(again).toHaveLength(answers.length);
  expect(again.filter(({ rule }) => rule !== "proof_replayed")).toEqual([]);
}
