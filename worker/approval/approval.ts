/** An approval: what is asked, which groups are asked, and how they voted. */

import { isSameParty, type Party } from "../chain/party.ts";
import type { Authority, RecordedChain } from "../chain/types.ts";
import type { Approver } from "../claims.ts";
import type { Doer } from "../ledger/record.ts";

/** What an approver is shown. */
export interface Asked {
  readonly chain: RecordedChain;
  readonly request: {
    readonly route: string;
    readonly method: string;
    readonly target: string;
    readonly sensitivity: string;
  };
  readonly action: string;
  /** The policies that require it. */
  readonly policies: readonly string[];
  readonly reason?: string;
  /** The tool that would be called: the arguments that policies see, and the others. */
  readonly tool?: {
    readonly name: string;
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly undeclared: Readonly<Record<string, unknown>>;
  };
  /** `authorization_details` of the last hop (RFC 9396). */
  readonly details?: readonly unknown[];
}

export interface ApprovalRequest {
  /** Hash of everything that the approval covers. */
  readonly binding: string;
  /** Each of these groups must approve. */
  readonly groups: readonly string[];
  /** The groups among them that must approve by passkey. */
  readonly passkeys: readonly string[];
  /** Whether a refusal is final: for messages that are delivered again until they are done or refused. */
  readonly final: boolean;
  /** The task's identity. */
  readonly task: string;
  /**
   * Name of the chain's root, and who answers for the caller (`answerableOf`). Open approvals are limited for each of
   * them, whatever the task.
   */
  readonly root: string;
  readonly caller: string;
  /** What the request depends on; if any of it is revoked, the request cannot be approved. */
  readonly authority: Authority;
  /** Digests of every name of the subject and of every actor (`personDigests`). */
  readonly people: readonly string[];
  /** The issuers of those of them who may be persons; empty if a workload acts for no one. */
  readonly issuers: readonly string[];
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly asked: Asked;
}

/** One approver's vote. */
export interface Vote {
  readonly group: string;
  readonly by: Doer;
  /** Digests of every name of the voter. */
  readonly persons: readonly string[];
  readonly granted: boolean;
  readonly comment: string;
  /** ISO 8601. */
  readonly time: string;
  /** Id of the passkey that signed it. */
  readonly passkey?: string;
}

export interface Approval extends ApprovalRequest {
  readonly id: string;
  /** ISO 8601. */
  readonly created: string;
  readonly votes: readonly Vote[];
  readonly status: "pending" | "approved" | "rejected" | "expired" | "spent";
}

/** The approvers, as tokens and headers name them. Pure. */
export function approversOf({ votes }: Pick<Approval, "votes">): Approver[] {
  return votes
    .filter(({ granted }) => granted)
    .map(({ by: { iss, sub }, group, time, passkey }) => ({
      ...{ iss, sub, group, time: Math.floor(Date.parse(time) / 1000) },
      ...(passkey !== undefined && { by: "passkey" as const }),
    }));
}

/** Refused if one group refuses, approved if every group approves. Pure. @param now seconds since the epoch */
export function statusOf(
  { groups, votes, expires, spent }: Pick<Approval, "groups" | "votes" | "expires"> & { readonly spent: boolean },
  now: number,
): Approval["status"] {
  if (spent) return "spent";
  if (votes.some(({ granted }) => !granted)) return "rejected";
  if (now >= expires) return "expired";
  return groups.every((group) => votes.some((vote) => vote.group === group)) ? "approved" : "pending";
}

/**
 * Why a vote does not count, in words; undefined if it does. Four eyes: people cannot approve what is done for them or
 * by them, and one person cannot vote for two groups. Pure.
 */
export function objectionTo({ status, groups, passkeys, votes, people }: Approval, vote: Vote): string | undefined {
  const { group, by, persons, granted, passkey } = vote;
  if (status !== "pending" || votes.some((each) => each.group === group))
    return "this is already decided, or has expired";
  if (!groups.includes(group)) return "this group is not asked";
  if (granted && passkeys.includes(group) && passkey === undefined)
    return "this group approves by passkey, at the console in a browser";
  if (granted && shareOne(people, persons)) return "people cannot approve what is done for them or by them";
  const twice = votes.some((each) => isSameParty(each.by, by) || shareOne(each.persons, persons));
  if (twice) return "one person cannot vote for two groups";
  const stranger = granted ? votes.find((each) => each.by.iss !== by.iss) : undefined;
  if (stranger === undefined) return undefined;
  return `it cannot be decided whether you have approved already: you signed in at ${by.iss}, the approver for ${stranger.group} at ${stranger.by.iss}`;
}

/**
 * Whether names suffice to tell that the voter is neither the subject nor an actor. They do within one issuer, and
 * if the configuration says that an issuer's people never sign in here. Pure.
 *
 * @param separate issuers of people who never sign in at the console
 */
export function canCompare({ issuers }: Pick<Approval, "issuers">, voter: Party, separate: readonly string[]): boolean {
  return issuers.every((iss) => iss === voter.iss || separate.includes(iss));
}

function shareOne(a: readonly string[], b: readonly string[]): boolean {
  return a.some((each) => b.includes(each));
}

/** Rejects if the store cannot be reached. */
export interface ApprovalStore {
  open(request: ApprovalRequest): Promise<Approval | undefined>;
  find(id: string): Promise<Approval | undefined>;
  /** False if it is not approved, was used before, or is for something else. */
  spend(id: string, binding: string): Promise<boolean>;
}
