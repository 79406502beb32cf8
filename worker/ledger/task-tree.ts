/** One task as a tree: how the subject's authority was delegated, and what each actor did with it. Pure. */

import type { NameProof } from "../chain/names/proof.ts";
import { partyId } from "../chain/party.ts";
import type { RecordedChain } from "../chain/types.ts";
import { type AuditRecord, askedFor, purposeOfRecord } from "./record.ts";

export interface TaskNode {
  readonly actor: string;
  /** How its name is known. */
  readonly proof: NameProof;
  /** Scopes that it was given, and those of its parent that it was not given. */
  readonly scopes: readonly string[];
  readonly withheld: readonly string[];
  /** Seconds since the epoch: the latest expiry of what it was given. */
  readonly expires: number;
  /** Requests that it made as the caller, oldest first. */
  readonly requests: readonly AuditRecord[];
  readonly children: readonly TaskNode[];
}

export interface TaskTree {
  readonly subject: string;
  readonly purpose: string | undefined;
  readonly roots: readonly TaskNode[];
}

interface Growing {
  readonly actor: string;
  readonly proof: NameProof;
  scopes: readonly string[];
  expires: number;
  readonly requests: AuditRecord[];
  readonly children: Map<string, Growing>;
}

/** @param records of one task, oldest first; those without a chain are ignored */
export function taskTree(records: readonly AuditRecord[]): TaskTree {
  const top = leaf("", "stated");
  const chains = records.map(({ chain }) => chain).filter((chain) => chain !== undefined);
  for (const record of records) if (record.chain !== undefined) grow(top, record.chain, record);
  return {
    subject: chains[0] === undefined ? "" : partyId(chains[0].subject),
    purpose: records.map(purposeOfRecord).find((purpose) => purpose !== undefined)?.text,
    roots: [...top.children.values()].map((node) => finish(node, undefined)),
  };
}

function leaf(actor: string, proof: NameProof): Growing {
  return { actor, proof, scopes: [], expires: 0, requests: [], children: new Map() };
}

function grow(top: Growing, { actors, hops }: RecordedChain, record: AuditRecord): void {
  const rooted = actors.length - (hops.length - 1);
  let node = top;
  for (const [index, party] of actors.entries()) {
    const [actor, { proof }] = [partyId(party), party];
    const hop = hops[Math.max(0, index - rooted + 1)];
    const child = node.children.get(actor) ?? leaf(actor, proof);
    node.children.set(actor, child);
    const given = hop?.scope.split(" ").filter((scope) => scope !== "") ?? [];
    child.scopes = [...new Set([...child.scopes, ...given])];
    child.expires = Math.max(child.expires, hop?.exp ?? 0);
    node = child;
  }
  node.requests.push(record);
}

function finish({ actor, proof, scopes, expires, requests, children }: Growing, parent: Growing | undefined): TaskNode {
  const self = { actor, proof, scopes, expires, requests, children };
  return {
    actor,
    proof,
    scopes,
    withheld: parent?.scopes.filter((scope) => !scopes.includes(scope)) ?? [],
    expires,
    requests,
    children: [...children.values()].map((child) => finish(child, self)),
  };
}

/** Requests that differ only in their time: one line of the picture. */
export interface Repeated {
  readonly label: string;
  readonly outcome: AuditRecord["outcome"];
  readonly rule: string | undefined;
  readonly count: number;
  readonly last: AuditRecord;
}

export function repeatedRequests(requests: readonly AuditRecord[]): Repeated[] {
  const groups = Map.groupBy(requests, ({ request, outcome, rule }) =>
    JSON.stringify([askedFor(request), outcome, rule]),
  );
  return [...groups.values()].map((some) => {
    const last = some.at(-1) as AuditRecord;
    const { request, outcome, rule } = last;
    return { label: askedFor(request), outcome, rule, count: some.length, last };
  });
}
