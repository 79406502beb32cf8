/**
 * From a rule to what the caller sees: status, OAuth error code, challenge (RFC 6750, section 3; RFC 9449, section 7.1;
 * RFC 9470, section 3). The one place that knows HTTP statuses of errors.
 */

import type { HopError, Rule } from "../errors.ts";
import { serializeParameters } from "./challenge.ts";

type OauthError =
  | "invalid_request"
  | "invalid_token"
  | "invalid_dpop_proof"
  | "insufficient_user_authentication"
  | "insufficient_scope"
  | "access_denied"
  | "temporarily_unavailable"
  | "not_found"
  | "method_not_allowed"
  | "bad_gateway"
  | "gateway_timeout"
  | "server_error";

interface Answer {
  readonly status: number;
  readonly error: OauthError;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** Every rule has exactly one answer; a new rule without one does not compile. */
function answerOf(rule: Rule): Answer {
  switch (rule) {
    case "path_ambiguous":
    case "credential_ambiguous":
    case "credential_scheme":
    case "credential_malformed":
    case "message_malformed":
    case "message_unreadable":
    case "tool_argument":
    case "approval_malformed":
    case "emergency_malformed":
    case "chain_empty":
    case "chain_too_long":
    case "chain_too_many_hops":
      return { status: 400, error: "invalid_request" };
    case "content_too_large":
      return { status: 413, error: "invalid_request" };
    case "route_unknown":
      return { status: 404, error: "not_found" };
    case "method_not_allowed":
      return { status: 405, error: "method_not_allowed" };

    case "credential_missing":
    case "jws_malformed":
    case "base64url_invalid":
    case "json_utf8":
    case "json_syntax":
    case "json_depth":
    case "json_size":
    case "json_duplicate_name":
    case "json_not_object":
    case "header_type":
    case "alg_forbidden":
    case "typ_forbidden":
    case "crit_forbidden":
    case "parameter_forbidden":
    case "claim_missing":
    case "claim_type":
    case "claim_size":
    case "confirmation_invalid":
    case "issuer_unknown":
    case "typ_not_accepted":
    case "key_unknown":
    case "parent_key_missing":
    case "thumbprint_mismatch":
    case "alg_mismatch":
    case "signature_malformed":
    case "signature_invalid":
    case "parent_hash_mismatch":
    case "delegator_mismatch":
    case "delegate_not_uri":
    case "expired":
    case "not_yet_valid":
    case "issued_in_future":
    case "lifetime_empty":
    case "expiry_widened":
    case "not_before_widened":
    case "audience_widened":
    case "scope_widened":
    case "details_widened":
    case "task_changed":
    case "task_context_changed":
    case "depth_exceeded":
    case "audience_mismatch":
    case "root_refused":
    case "envelope_malformed":
    case "envelope_signature":
    case "envelope_mismatch":
    case "envelope_digest":
    case "envelope_expired":
    case "message_replayed":
    case "token_narrowed":
    case "certificate_mismatch":
    case "revoked":
    case "lifetime_exhausted":
      return { status: 401, error: "invalid_token" };

    case "proof_not_accepted":
    case "proof_missing":
    case "proof_malformed":
    case "proof_key_mismatch":
    case "proof_signature":
    case "proof_method":
    case "proof_target":
    case "proof_chain":
    case "proof_stale":
    case "proof_replayed":
      return { status: 401, error: "invalid_dpop_proof" };

    case "step_up_required":
      return { status: 401, error: "insufficient_user_authentication" };
    case "scope_insufficient":
      return { status: 403, error: "insufficient_scope" };
    case "tool_unknown":
    case "policy_denied":
    case "emergency_refused":
    case "approval_required":
    case "approval_pending":
    case "approval_rejected":
    case "approval_invalid":
      return { status: 403, error: "access_denied" };

    case "rate_limited":
      return { status: 429, error: "temporarily_unavailable", retryAfter: 1 };
    case "trust_unavailable":
    case "replay_unavailable":
    case "revocation_unavailable":
    case "policies_unavailable":
    case "approvals_unavailable":
    case "notice_unavailable":
    case "signing_unavailable":
    case "limits_unavailable":
    case "credential_unavailable":
      return { status: 503, error: "temporarily_unavailable", retryAfter: 5 };
    case "upstream_unreachable":
    case "credential_refused":
    case "answer_unfiltered":
      return { status: 502, error: "bad_gateway" };
    case "upstream_timeout":
      return { status: 504, error: "gateway_timeout" };
    case "internal":
      return { status: 500, error: "server_error" };
  }
}

/**
 * The answer to a request that failed: JSON, or `application/problem+json` (RFC 9457) where the client asks for it.
 *
 * @param metadata where the route describes itself (RFC 9728)
 */
export function respond(error: HopError, decision: string, request: Request, metadata?: string): Response {
  const { status, error: code, retryAfter } = answerOf(error.rule);
  const problem = request.headers.get("accept")?.includes("application/problem+json") ?? false;
  const { approval } = error.challenge;
  const oauth = { error: code, error_description: error.message, decision, ...(approval && { approval }) };
  const body = problem
    ? { type: "about:blank", title: code, status, detail: error.message, instance: `urn:uuid:${decision}`, ...oauth }
    : oauth;
  const headers = new Headers({
    "content-type": problem ? "application/problem+json" : "application/json",
    "cache-control": "no-store",
  });
  if (status === 401 || status === 403) headers.set("www-authenticate", challengeOf(error, code, metadata));
  if (retryAfter !== undefined) headers.set("retry-after", String(error.challenge.retryAfter ?? retryAfter));
  if (error.challenge.allow) headers.set("allow", error.challenge.allow.join(", "));
  return new Response(JSON.stringify(body), { status, headers });
}

/** A request without credentials is told the scheme and where to read on, and no error (RFC 6750, 3.1; RFC 9728, 5.1). */
function challengeOf({ rule, message, challenge }: HopError, error: OauthError, metadata: string | undefined): string {
  const algs = "EdDSA ES256 ES384 RS256 PS256";
  if (rule === "credential_missing") return serializeParameters("DPoP", { algs, resource_metadata: metadata });
  return serializeParameters("DPoP", {
    algs,
    error,
    error_description: message,
    scope: challenge.scopes?.join(" "),
    acr_values: challenge.acr,
    max_age: challenge.maxAge === undefined ? undefined : String(challenge.maxAge),
    approval: challenge.approval?.id,
    approval_uri: challenge.approval?.uri,
    resource_metadata: metadata,
  });
}
