/**
 * Every way in which a request can fail, as one closed union. An error names the hop and the rule, and never holds a
 * token, a key, or a value that has not been verified.
 */
import { type ChainRule, EXPLANATIONS } from "../wasm/verdict.ts";
import type { Outcome, VerifiedChain } from "./types.ts";

/** Rules that the gateway checks itself, in the order of the stages. */
export const GATEWAY_RULES = {
  path_ambiguous: "the path changes when it is normalized",
  route_unknown: "no route has this host and path",
  method_not_allowed: "the route does not serve this method",
  credential_missing: "the request carries no credential",
  credential_ambiguous: "the request carries more than one credential",
  credential_scheme: "the route does not take this authorization scheme",
  credential_malformed: "the credential holds characters that no chain has",
  envelope_malformed: "the envelope is no JWT of type `hop-envelope+jwt` with the claims that it must have",
  message_malformed: "the header `Hop-Message` names no message, or `Content-Digest` holds no SHA-256",
  message_unreadable: "the body is no single JSON-RPC message that every reader reads alike",
  tool_unknown: "the route knows no such tool, and no such request",
  tool_argument: "an argument of the tool is missing, or not of the type that the route declares",
  content_too_large: "the body is larger than the route reads",
  approval_malformed: "the header `Hop-Approval` names no approval",
  emergency_malformed: "the header `Hop-Break-Glass` holds no reason: a String of 10 to 500 characters (RFC 9651)",
  emergency_refused: "the route knows no break-glass",

  root_refused: "the root is not as the configuration requires of its issuer's tokens",
  trust_unavailable: "the issuer's keys cannot be had at present",
  token_narrowed: "the token was made for an upstream, and is no root of a chain",
  envelope_signature: "the envelope is not sealed by the key that signed the last hop",
  envelope_mismatch: "the envelope says otherwise than its chain",
  envelope_digest: "the payload is not the one that was sealed",
  envelope_expired: "the message is acted on after its time, or was sealed in the future",
  proof_not_accepted: "the route does not accept this proof of possession",
  proof_missing: "the credential is bound to a key, and the request proves no possession of it",
  proof_malformed: "the proof is not a well-formed JWT of its type",
  proof_key_mismatch: "the proof is made with another key than the last hop names",
  proof_signature: "the proof's signature does not verify",
  proof_method: "the proof is for another method",
  proof_target: "the proof is for another address",
  proof_chain: "the proof is for another chain",
  proof_stale: "the proof is too old or from the future",
  proof_replayed: "the proof was used before",
  message_replayed: "the message was acted on under another id",
  certificate_mismatch: "the client certificate is not the one that the last hop names",
  revoked: "the chain, its task or one of its actors was revoked",
  replay_unavailable: "the replay store cannot be reached",
  revocation_unavailable: "the revocation store cannot be reached",

  policies_unavailable: "no policy set is loaded",
  scope_insufficient: "the chain lacks a scope that this request needs",
  policy_denied: "no policy permits the request",
  step_up_required: "the policy asks for stronger or fresher authentication of the subject",
  approval_required: "the policy asks for an approval",
  approval_pending: "the approval has not been given yet",
  approval_rejected: "the approval was refused",
  approval_invalid: "the approval is for another request, has expired, or was used before",
  approvals_unavailable: "the store of approvals cannot be reached, or the task has too many open",
  notice_unavailable: "break-glass must be announced, and cannot be",

  rate_limited: "too many requests: wait as long as `Retry-After` says",
  limits_unavailable: "the store of rates cannot be reached",

  lifetime_exhausted: "nothing is left of the chain's life",
  signing_unavailable: "the gateway has no signing key",

  upstream_unreachable: "the upstream cannot be reached",
  upstream_timeout: "the upstream did not answer in time",

  credential_unavailable: "the gateway has no credential for the upstream at present",
  credential_refused: "the upstream does not take the gateway's credential",
  answer_unfiltered: "the upstream's answer holds what the caller may not see, and cannot be filtered",

  internal: "the gateway failed",
} as const;

export type GatewayRule = keyof typeof GATEWAY_RULES;
export type Rule = ChainRule | GatewayRule;

/** An approval that would let the request pass. */
export interface AwaitedApproval {
  readonly id: string;
  /** Where an approver decides. */
  readonly uri: string;
  readonly groups: readonly string[];
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** What a policy says to a refused caller. */
export interface Challenge {
  readonly acr?: string | undefined;
  /** Seconds since authentication. */
  readonly maxAge?: number | undefined;
  /** Scopes that would have sufficed. */
  readonly scopes?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly approval?: AwaitedApproval | undefined;
  /** Groups of which each must approve. */
  readonly approvers?: readonly string[] | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  /** Methods that the route serves. */
  readonly allow?: readonly string[] | undefined;
}

/** What was verified before the failure: all that may be recorded about who asked. */
export interface Evidence {
  readonly chain?: VerifiedChain | undefined;
  readonly decision?: Outcome | undefined;
}

export interface HopErrorOptions {
  /** The hop that broke a chain rule. */
  readonly hop?: number | undefined;
  /** The claim or header parameter that the rule is about. */
  readonly member?: string | undefined;
  readonly challenge?: Challenge | undefined;
  readonly evidence?: Evidence | undefined;
  readonly cause?: unknown;
}

/** A request that failed, and by which rule. `message` is fit for the caller. */
export class HopError extends Error {
  override readonly name = "HopError";
  readonly rule: Rule;
  readonly hop: number | undefined;
  readonly member: string | undefined;
  readonly challenge: Challenge;
  readonly evidence: Evidence;

  constructor(rule: Rule, options: HopErrorOptions = {}) {
    super(describe(rule, options), options.cause === undefined ? undefined : { cause: options.cause });
    this.rule = rule;
    this.hop = options.hop;
    this.member = options.member;
    this.challenge = options.challenge ?? {};
    this.evidence = options.evidence ?? {};
  }

  /** The same failure, with what was verified before it. */
  with(evidence: Evidence): HopError {
    const { rule, hop, member, challenge, cause } = this;
    return new HopError(rule, { hop, member, challenge, cause, evidence });
  }
}

/** "hop 2: the hop has a scope that its parent does not (`scope`, scope_widened)" */
function describe(rule: Rule, { hop, member, challenge }: HopErrorOptions): string {
  const where = hop === undefined ? "" : `hop ${hop}: `;
  const what = challenge?.reason ?? (isGatewayRule(rule) ? GATEWAY_RULES[rule] : EXPLANATIONS[rule]);
  return `${where}${what} (${member === undefined ? "" : `\`${member}\`, `}${rule})`;
}

function isGatewayRule(rule: Rule): rule is GatewayRule {
  return Object.hasOwn(GATEWAY_RULES, rule);
}
