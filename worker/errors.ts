/**
 * A request that failed. An error names the hop and the rule (rules.ts), and never holds a token or a key. A value that has
 * not been verified is only in `sent`.
 */

import type { Spoken } from "./presentation.ts";
import { failureOf, type Rule } from "./rules.ts";
import { type Sent, sentText } from "./sent.ts";
import type { Outcome, VerifiedChain } from "./types.ts";

/** An approval that would let the request pass. */
export interface AwaitedApproval {
  readonly id: string;
  /** The page where an approver decides. */
  readonly uri: string;
  readonly groups: readonly string[];
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** The policy's message for a refused caller. */
export interface Challenge {
  readonly acr?: string | undefined;
  /** Seconds since authentication. */
  readonly maxAge?: number | undefined;
  /** Scopes that would have sufficed. */
  readonly scopes?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly approval?: AwaitedApproval | undefined;
  /** The page where the subject connects their account at a vendor. */
  readonly connect?: { readonly vendor: string; readonly uri: string } | undefined;
  /** Groups of which each must approve. */
  readonly approvers?: readonly string[] | undefined;
  /** The groups among them that must approve by passkey. */
  readonly passkeys?: readonly string[] | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  /** Methods of the route. */
  readonly allow?: readonly string[] | undefined;
}

/** What was verified before the failure: nothing else may be recorded about the sender. */
export interface Evidence {
  readonly chain?: VerifiedChain | undefined;
  readonly decision?: Outcome | undefined;
  /** The message, if it could be read but not verified. */
  readonly spoken?: Spoken | undefined;
  /** Whether the request is on record as allowed; its outcome follows. */
  readonly admitted?: boolean | undefined;
}

export interface HopErrorOptions {
  /** The hop that broke a chain rule. */
  readonly hop?: number | undefined;
  /** The claim or header parameter that the rule is about. */
  readonly member?: string | undefined;
  readonly sent?: Sent | undefined;
  readonly challenge?: Challenge | undefined;
  readonly evidence?: Evidence | undefined;
  readonly cause?: unknown;
}

/** A request that failed, and the rule. `message` may be recorded and shown to the caller. */
export class HopError extends Error {
  override readonly name = "HopError";
  readonly rule: Rule;
  readonly hop: number | undefined;
  readonly member: string | undefined;
  /** What the request has instead of what is accepted: for its sender only. */
  readonly sent: Sent | undefined;
  readonly challenge: Challenge;
  readonly evidence: Evidence;

  constructor(rule: Rule, options: HopErrorOptions = {}) {
    super(describe(rule, options), options.cause === undefined ? undefined : { cause: options.cause });
    this.rule = rule;
    this.hop = options.hop;
    this.member = options.member;
    this.sent = options.sent;
    this.challenge = options.challenge ?? {};
    this.evidence = options.evidence ?? {};
  }

  /** The same failure, with what was verified before it. */
  with(evidence: Evidence): HopError {
    const { rule, hop, member, sent, challenge, cause } = this;
    return new HopError(rule, { hop, member, sent, challenge, cause, evidence });
  }

  /** `message`, and what the request has instead of what is accepted. Not for records and logs. */
  get description(): string {
    return this.sent === undefined ? this.message : `${this.message}: ${sentText(this.sent)}`;
  }
}

/** "hop 2: the hop has a scope that its parent does not (`scope`, scope_widened)" */
function describe(rule: Rule, { hop, member, challenge }: HopErrorOptions): string {
  const where = hop === undefined ? "" : `hop ${hop}: `;
  const what = challenge?.reason ?? failureOf(rule).meaning;
  return `${where}${what} (${member === undefined ? "" : `\`${member}\`, `}${rule})`;
}
