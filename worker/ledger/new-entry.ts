/** A record for the ledger: its bounded text, and the fields that searches use. Pure. */

import { partyId } from "../chain/party.ts";
import { logEvent } from "../log.ts";
import type { NewEntry } from "./admission.ts";
import { recordText } from "./bounded.ts";
import type { ActRecord, AuditRecord } from "./record.ts";
import { actorId } from "./summary.ts";

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** A request under its verified task. */
export function requestEntry(
  record: AuditRecord & { readonly chain: NonNullable<AuditRecord["chain"]> },
  sha256: Sha256,
): NewEntry {
  const { id, outcome, chain, decision } = record;
  return {
    task: chain.task,
    txn: chain.txn,
    id,
    kind: outcome,
    emergency: decision?.emergency !== undefined,
    names: [...new Set([partyId(chain.subject), ...chain.actors.map(actorId)])],
    until: chain.hops[0]?.exp,
    record: textOf(record, sha256),
  };
}

/** @param ledger the task that it concerns, or `ledgerOfDay` */
export function actEntry(ledger: string, act: ActRecord, sha256: Sha256): NewEntry {
  const { id, act: kind, by, noticed } = act;
  const names = [partyId(by), ...(noticed === undefined ? [] : [noticed.caller])];
  return { task: ledger, txn: "", id, kind, emergency: false, names, record: textOf(act, sha256) };
}

function textOf(record: AuditRecord | ActRecord, sha256: Sha256): string {
  const { text, whole } = recordText(record, sha256);
  if (whole !== undefined) logEvent("ledger_record_cut", { decision: record.id, about: { ...whole } });
  return text;
}
