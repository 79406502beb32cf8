/** Fetches the ledger of a task, verifies its hashes, and prints each request with its chain. */
import { askAdmin, type Remote } from "../sdk/admin.ts";
import { partyId } from "../worker/chain/party.ts";
import { findBreak, type LedgerEntry } from "../worker/ledger/entry.ts";
import { tellEntries } from "../worker/ledger/outcomes.ts";
import {
  type ActRecord,
  type AuditRecord,
  actorText,
  askedFor,
  purposeOfRecord,
  whatCame,
} from "../worker/ledger/record.ts";
import { repeatedRequests, type TaskNode, taskTree } from "../worker/ledger/task-tree.ts";
import { sha256 } from "./hash.ts";
import { printable, table } from "./print.ts";
import { argumentsText } from "./values.ts";

/** A task's ledger from the gateway. */
export interface Ledger {
  /** The identity of the task, or the day of the gateway's own ledger. */
  readonly task: string;
  readonly entries: readonly LedgerEntry[];
  /** The gateway's signed statement about the last entry (worker/admin/audit.ts). */
  readonly checkpoint?: string;
}

/**
 * @param name the task's identity, or its `txn` if only one task has it
 * @throws Error if there is no such task, several have the `txn`, or the gateway refuses
 */
export async function fetchLedger(remote: Remote, name: string): Promise<Ledger> {
  return (await (await askAdmin(remote, `audit/${encodeURIComponent(name)}`)).json()) as Ledger;
}

/** Prints every entry of a task; false if its chain of hashes is broken. */
export async function printLedger(remote: Remote, name: string): Promise<boolean> {
  const { entries } = await fetchLedger(remote, name);
  for (const { seq, record } of tellEntries(entries))
    console.log(table(["", ""], "act" in record ? actRows(seq, record) : recordRows(seq, record)));
  const first = entries[0]?.seq ?? 1;
  if (first > 1) console.log(`   entries 1 to ${first - 1} are only in the archive`);
  const broken = findBreak(entries, sha256);
  if (broken === undefined) console.log(`   hash chain of ${entries.length} entries: whole`);
  else console.log(`   hash chain BROKEN at entry ${broken.seq}`);
  return broken === undefined;
}

/** Prints the task as a tree: what each actor was given, and what was done with it. */
export async function printTree(remote: Remote, name: string): Promise<void> {
  const { entries } = await fetchLedger(remote, name);
  const records = tellEntries(entries).map(({ record }) => record);
  const { subject, purpose, roots } = taskTree(records.filter((record): record is AuditRecord => !("act" in record)));
  console.log(printable(`   ${subject}${purpose === undefined ? "" : `  (${purpose})`}`));
  for (const line of roots.flatMap((root, index) => treeLines(root, "   ", index === roots.length - 1)))
    console.log(printable(line));
}

function treeLines(
  { actor, proof, scopes, withheld, requests, children }: TaskNode,
  indent: string,
  last: boolean,
): string[] {
  const inner = `${indent}${last ? "   " : "|  "}`;
  const without = withheld.length === 0 ? "" : `, without ${withheld.join(" ")}`;
  return [
    `${indent}${last ? "`" : "|"}- ${actor} (${proof})  [${scopes.join(" ")}${without}]`,
    ...repeatedRequests(requests).map(({ label, outcome, rule, count }) => {
      const times = count > 1 ? `  x${count}` : "";
      return `${inner}${children.length > 0 ? "|" : " "}    ${outcome.padEnd(8)}${label}${times}${rule === undefined ? "" : `  (${rule})`}`;
    }),
    ...children.flatMap((child, index) => treeLines(child, inner, index === children.length - 1)),
  ];
}

function actRows(seq: number, { time, act, by, about, noticed }: ActRecord): string[][] {
  return [
    [`#${seq}`, `${time}  ${act.toUpperCase()}  by ${by.name ?? partyId(by)}`],
    ["", JSON.stringify({ ...about, ...noticed })],
  ].map((row) => row.map(printable));
}

function recordRows(seq: number, record: AuditRecord): string[][] {
  const { chain, request, envelope, decision, token, status } = record;
  // The arguments that policies saw; the ledger keeps no others.
  const called = decision?.question.request.context["tool"] as { arguments: Record<string, unknown> } | undefined;
  const came = whatCame(record);
  const purpose = purposeOfRecord(record);
  const rows: (string[] | undefined)[] = [
    [`#${seq}`, `${record.time}  ${record.outcome.toUpperCase()}  ${askedFor(request)} (${request?.route})`],
    ["decision", record.id],
    record.message === undefined ? undefined : ["because", record.message],
    called === undefined ? undefined : ["arguments", argumentsText(called.arguments)],
    chain && ["task", `${chain.txn} of ${partyId(chain.introducer)}  (${chain.task})`],
    chain && ["for", partyId(chain.subject)],
    chain && ["through", chain.actors.map(actorText).join(" -> ")],
    purpose && ["purpose", `${purpose.text}, stated by ${partyId(purpose.by)}`],
    ...(chain?.hops ?? []).map((hop, index) => [
      `hop ${index}`,
      `${hop.iss} -> ${hop.sub}  [${hop.scope}]  ${hop.name}`,
    ]),
    envelope && [
      "message",
      `${envelope.id} of ${envelope.producer}, sealed ${isoOf(envelope.sealed)}, delivered as ${envelope.delivery}`,
    ],
    decision && ["policies", `${decision.policies.join(", ") || "none"}  of ${decision.policySet}`],
    detailsRow(decision),
    decision?.remembers && ["remembers", rememberedText(decision.remembers)],
    decision?.ends === undefined ? undefined : ["TASK ENDED", decision.ends],
    decision?.approval === undefined ? undefined : ["approval", decision.approval],
    decision?.emergency === undefined ? undefined : ["EMERGENCY", decision.emergency],
    token && ["token", `${token.jti} for ${token.aud}  [${token.scope}]  ${token.exp - token.iat} s`],
    came === "" ? undefined : ["upstream", came],
    status === undefined && record.socket === undefined ? ["outcome", "unknown: it was not recorded"] : undefined,
  ];
  return rows.filter((row) => row !== undefined).map((row) => row.map(printable));
}

/** The authorization details that the request needed. */
function detailsRow(decision: AuditRecord["decision"]): string[] | undefined {
  const details = decision?.question.request.context["details"];
  return details === undefined ? undefined : ["details", JSON.stringify(details)];
}

/** `task refunded +4000, task is customer-data, caller's day refunded +4000` */
function rememberedText(changes: NonNullable<NonNullable<AuditRecord["decision"]>["remembers"]>): string {
  return Object.entries(changes)
    .flatMap(([owner, { add, labels }]) => {
      const whose = owner === "task" ? owner : `${owner}'s day`;
      return [
        ...Object.entries(add).map(([name, number]) => `${whose} ${name} +${number}`),
        ...labels.map((label) => `${whose} is ${label}`),
      ];
    })
    .join(", ");
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
