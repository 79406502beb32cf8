/** An approval: what is asked, of whom, and what they said. */

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
  /** The policies that ask. */
  readonly policies: readonly string[];
  readonly reason?: string;
  /** The tool that would be called: the arguments that policies see, and all others. */
  readonly tool?: {
    readonly name: string;
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly undeclared: Readonly<Record<string, unknown>>;
  };
  /** `authorization_details` of the last hop (RFC 9396). */
  readonly details?: readonly unknown[];
}

export interface ApprovalRequest {
  /** Hash of all that the approval is good for. */
  readonly binding: string;
  /** Each of them must approve. */
  readonly groups: readonly string[];
  /** Those of them that approve by passkey alone. */
  readonly passkeys: readonly string[];
  /** Whether a refusal is the last word: for what is delivered again and again until it is done or refused. */
  readonly final: boolean;
  /** The task's identity. */
  readonly task: string;
  /** Name of the chain's root, and who answers for the caller (`answerableOf`): each may have so many open, whatever task is named. */
  readonly root: string;
  readonly caller: string;
  /** What the request depends on: if any of it is revoked, the request is not approved. */
  readonly authority: Authority;
  /** Digests of every name of the subject, and of everybody who acts (`personDigests`). */
  readonly people: readonly string[];
  /** Whose names those of them are who may be persons; none where a workload acts for no one. */
  readonly issuers: readonly string[];
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly asked: Asked;
}

/** What one approver said. */
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

/** Those who have approved, as tokens and headers name them. Pure. */
export function approversOf({ votes }: Pick<Approval, "votes">): Approver[] {
  return votes
    .filter(({ granted }) => granted)
    .map(({ by: { iss, sub }, group, time, passkey }) => ({
      ...{ iss, sub, group, time: Math.floor(Date.parse(time) / 1000) },
      ...(passkey !== undefined && { by: "passkey" as const }),
    }));
}

/** One refusal is enough; approval takes every group. Pure. @param now seconds since the epoch */
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
 * Why a vote does not count, in words; undefined where it does. Four eyes: nobody approves what is done for themselves or by
 * themselves, and nobody speaks for two groups. Pure.
 */
export function objectionTo({ status, groups, passkeys, votes, people }: Approval, vote: Vote): string | undefined {
  const { group, by, persons, granted, passkey } = vote;
  if (status !== "pending" || votes.some((each) => each.group === group)) return "this is decided already, or over";
  if (!groups.includes(group)) return "this group is not asked";
  if (granted && passkeys.includes(group) && passkey === undefined)
    return "this group approves by passkey, at the console in a browser";
  if (granted && shareOne(people, persons)) return "nobody approves what is done for themselves, or by themselves";
  const twice = votes.some((each) => isSameParty(each.by, by) || shareOne(each.persons, persons));
  if (twice) return "nobody speaks for two groups";
  const stranger = granted ? votes.find((each) => each.by.iss !== by.iss) : undefined;
  if (stranger === undefined) return undefined;
  return `whether you have approved already cannot be decided: you signed in at ${by.iss}, who spoke for ${stranger.group} at ${stranger.by.iss}`;
}

/**
 * Whether the voter can be told apart by name from those for whom and by whom it is done: names of one issuer can, and the
 * configuration may say that an issuer's people never sign in here. Pure.
 *
 * @param separate issuers of people who never sign in at the console
 */
export function canCompare({ issuers }: Pick<Approval, "issuers">, voter: Party, separate: readonly string[]): boolean {
  return issuers.every((iss) => iss === voter.iss || separate.includes(iss));
}

function shareOne(a: readonly string[], b: readonly string[]): boolean {
  return a.some((each) => b.includes(each));
}

/** Rejects where the store cannot be reached. */
export interface ApprovalStore {
  open(request: ApprovalRequest): Promise<Approval | undefined>;
  find(id: string): Promise<Approval | undefined>;
  /** False where it is not approved, was used before, or is for something else. */
  spend(id: string, binding: string): Promise<boolean>;
}
