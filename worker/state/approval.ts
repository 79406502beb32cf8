/** An approval: what is asked, of whom, and what they said. */
import type { Actor } from "../types.ts";
import type { Doer, RecordedChain } from "./record.ts";

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
  /** The tool that would be called, with the arguments that policies see. */
  readonly tool?: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
  /** `authorization_details` of the last hop (RFC 9396). */
  readonly details?: readonly unknown[];
}

export interface ApprovalRequest {
  /** Hash of all that the approval is good for. */
  readonly binding: string;
  /** Each of them must approve. */
  readonly groups: readonly string[];
  /** Whether a refusal is the last word: for what is delivered again and again until it is done or refused. */
  readonly final: boolean;
  readonly txn: string;
  /** Hash of the chain's root, and the actor who asks: each may have so many open, whatever task is named. */
  readonly root: string;
  readonly caller: string;
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly asked: Asked;
}

/** What one approver said. */
export interface Vote {
  readonly group: string;
  readonly by: Doer;
  readonly granted: boolean;
  readonly comment: string;
  /** ISO 8601. */
  readonly time: string;
}

export interface Approval extends ApprovalRequest {
  readonly id: string;
  /** ISO 8601. */
  readonly created: string;
  readonly votes: readonly Vote[];
  readonly status: "pending" | "approved" | "rejected" | "expired" | "spent";
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
 * Why a vote does not count, in words; undefined where it does. Four eyes: nobody approves what is done for themselves, and
 * nobody speaks for two groups. Pure.
 */
export function objectionTo({ status, groups, votes, asked }: Approval, { group, by }: Vote): string | undefined {
  if (status !== "pending" || votes.some((vote) => vote.group === group)) return "this is decided already, or over";
  if (!groups.includes(group)) return "this group is not asked";
  if (isSame(asked.chain.subject, by)) return "nobody approves what is done for themselves";
  return votes.some((vote) => isSame(vote.by, by)) ? "nobody speaks for two groups" : undefined;
}

function isSame(a: Actor, b: Doer): boolean {
  return a.sub === b.sub && a.iss === b.iss;
}
