/**
 * Every rule by which a request can fail, in one table: its meaning, and the answer to the caller. docs/errors.md is
 * printed from it (`npm run docs`).
 */
import type { ChainRule } from "../wasm/verdict.ts";

export type ErrorCode =
  | "invalid_request"
  | "invalid_token"
  | "invalid_dpop_proof"
  | "insufficient_user_authentication"
  | "insufficient_scope"
  | "access_denied"
  | "temporarily_unavailable"
  | "not_found"
  | "misdirected_request"
  | "method_not_allowed"
  | "bad_gateway"
  | "gateway_timeout"
  | "server_error";

export interface Failure {
  readonly status: number;
  /** For a proof other than DPoP, `invalid_token` is sent instead of `invalid_dpop_proof`. */
  readonly error: ErrorCode;
  /** `WWW-Authenticate` names the schemes that the route accepts, or these and the error. */
  readonly challenge: "none" | "schemes" | "error";
  /** Seconds, for `Retry-After`. */
  readonly retryAfter: number | undefined;
  /** Lower case, no full stop, no value of a token. */
  readonly meaning: string;
}

type Meaning = (meaning: string, retryAfter?: number) => Failure;

function answer(status: number, error: ErrorCode, challenge: Failure["challenge"] = "none", wait?: number): Meaning {
  return (meaning, retryAfter = wait) => ({ status, error, challenge, retryAfter, meaning });
}

const invalidRequest = answer(400, "invalid_request");
const noCredential = answer(401, "invalid_token", "schemes");
const invalidToken = answer(401, "invalid_token", "error");
const invalidProof = answer(401, "invalid_dpop_proof", "error");
const stepUp = answer(401, "insufficient_user_authentication", "error");
const insufficientScope = answer(403, "insufficient_scope", "error");
const accessDenied = answer(403, "access_denied", "error");
const notFound = answer(404, "not_found");
const targetTooLong = answer(414, "invalid_request");
const unsupportedMedia = answer(415, "invalid_request");
const requestTimeout = answer(408, "invalid_request");
const misdirected = answer(421, "misdirected_request");
const headerTooLarge = answer(431, "invalid_request");
const methodNotAllowed = answer(405, "method_not_allowed");
const contentTooLarge = answer(413, "invalid_request");
const tooMany = answer(429, "temporarily_unavailable");
const serverError = answer(500, "server_error");
const badGateway = answer(502, "bad_gateway");
const unavailable = answer(503, "temporarily_unavailable", "none", 5);
const gatewayTimeout = answer(504, "gateway_timeout");

/** Checked by the core (wasm/verdict.ts has their codes). */
export const CHAIN_FAILURES = {
  chain_empty: invalidRequest("the chain is empty"),
  chain_too_long: invalidRequest("the chain is longer than the gateway accepts"),
  chain_too_many_hops: invalidRequest("the chain has more hops than the gateway accepts"),
  jws_malformed: invalidToken("the hop is not a compact JWS of three segments"),
  base64url_invalid: invalidToken("a segment is not canonical base64url without padding"),
  json_utf8: invalidToken("the JSON is not valid UTF-8"),
  json_syntax: invalidToken("the JSON is not well-formed"),
  json_depth: invalidToken("the JSON is nested deeper than 16 levels"),
  json_size: invalidToken("the JSON has too many members or values"),
  json_duplicate_name: invalidToken("a JSON object names a member twice"),
  json_not_object: invalidToken("header and claims must be JSON objects"),
  header_type: invalidToken("a header parameter is missing or has the wrong type"),
  alg_forbidden: invalidToken("the algorithm is not one that this hop may use"),
  typ_forbidden: invalidToken("the token type is not one that this hop may have"),
  crit_forbidden: invalidToken("critical header extensions are not accepted"),
  parameter_forbidden: invalidToken("the header contains a key or an address of a key, or turns off encoding"),
  claim_missing: invalidToken("a required claim is missing"),
  claim_type: invalidToken("a claim has the wrong form"),
  claim_size: invalidToken("a claim is too large"),
  confirmation_invalid: invalidToken("the confirmation names no usable public key"),
  wit_malformed: invalidToken("the delegate's identity token is not a well-formed Workload Identity Token"),
  issuer_unknown: invalidToken("the issuer is not trusted here"),
  typ_not_accepted: invalidToken(
    "tokens of this type are not accepted here: access tokens have the type `at+jwt`, ID tokens `JWT` or none",
  ),
  key_unknown: invalidToken("the issuer has no such key"),
  parent_key_missing: invalidToken("the parent hop names no key that may delegate"),
  thumbprint_mismatch: invalidToken("the key in the header is not the one that the parent hop names"),
  alg_mismatch: invalidToken("the algorithm is not that of the key"),
  signature_malformed: invalidToken("the signature has the wrong length"),
  signature_invalid: invalidToken("the signature does not verify under the key of the parent or issuer"),
  expired: invalidToken("the hop has expired"),
  not_yet_valid: invalidToken("the hop is not valid yet"),
  issued_in_future: invalidToken("the hop was issued in the future"),
  lifetime_empty: invalidToken("the hop expires before it begins"),
  parent_hash_mismatch: invalidToken("the hop was not made for this parent"),
  delegator_mismatch: invalidToken("the issuer of the hop is not the actor of its parent"),
  delegate_not_uri: invalidToken("the delegate is not a URI"),
  wit_mismatch: invalidToken(
    "the delegate's identity token is for another name or key than the hop, or is not valid now",
  ),
  expiry_widened: invalidToken("the hop expires after its parent"),
  not_before_widened: invalidToken("the hop begins before its parent"),
  audience_widened: invalidToken("the hop names an audience that its parent does not"),
  scope_widened: invalidToken("the hop has a scope that its parent does not"),
  details_widened: invalidToken("the hop has authorization details that its parent does not"),
  task_changed: invalidToken("the hop names another task than its parent"),
  task_context_changed: invalidToken(
    "the context of the task is not the one that was stated before: only its purpose can be narrowed",
  ),
  depth_exceeded: invalidToken("the parent does not allow that many further hops"),
  audience_mismatch: invalidToken("the last hop is meant for another audience"),
} satisfies Record<ChainRule, Failure>;

/** Checked by the gateway, in the order of the stages. */
export const GATEWAY_FAILURES = {
  request_malformed: invalidRequest(
    "servers could read the request in several ways: its lengths, transfer codings, host or control characters",
  ),
  header_too_large: headerTooLarge("a header has more than 8,192 characters"),
  misdirected_request: misdirected("the gateway does not serve this host"),
  authorizer_untrusted: accessDenied("the client is not a configured proxy, or its secret or certificate is wrong"),
  original_malformed: invalidRequest(
    "the proxy must name exactly one method, host, path and address of the original request",
  ),
  header_refused: invalidRequest("a header names another method or address than the request has, or claims provenance"),
  gateway_busy: unavailable("the gateway is at its limit of requests in flight", 1),
  gateway_stopping: unavailable("the gateway is stopping, or has just ended", 1),
  answer_missing: badGateway("the gateway ended the request without an answer: it may have been carried out"),
  target_too_long: targetTooLong("path and query are longer than 8,192 characters"),
  path_ambiguous: invalidRequest("servers behind the gateway could read the path as another one"),
  query_ambiguous: invalidRequest(
    "servers could read the query in several ways: broken escapes, invalid UTF-8, or too many parameters",
  ),
  route_unknown: notFound("no route has this host and path"),
  route_elsewhere: misdirected("another proxy forwards the requests of this route, and only asks the gateway"),
  route_unseen: accessDenied(
    "the gateway must see the bodies and answers of this route, so no other proxy may forward them",
  ),
  origin_refused: accessDenied("a page of this origin may not call the route (`cors_origins`)"),
  method_not_allowed: methodNotAllowed("the route does not serve this method"),
  upgrade_refused: invalidRequest("the route does not accept WebSockets, or not with this method"),
  credential_missing: noCredential("the request has no credential"),
  credential_ambiguous: invalidRequest("the request has more than one credential"),
  credential_scheme: invalidRequest("the route does not accept this authorization scheme"),
  credential_malformed: invalidRequest("the credential contains characters that cannot be in a chain"),
  envelope_malformed: invalidToken("the envelope is not a JWT of type `hop-envelope+jwt` with all required claims"),
  message_malformed: invalidRequest(
    "the header `Hop-Message` names no message, `Content-Digest` holds no SHA-256, or `Hop-Dead-Letter` is not `?1`",
  ),
  body_refused: invalidRequest(
    "a GET or HEAD request must have no body, and a request with a body to an MCP server must be a POST",
  ),
  encoding_refused: unsupportedMedia("the gateway must read the body, and does not accept a content encoding"),
  message_unreadable: invalidRequest(
    "the body is not a single JSON-RPC message that every parser reads in the same way",
  ),
  number_inexact: invalidRequest(
    "parsers could read a number differently: send whole numbers beyond 2^53 - 1 and long decimals as strings",
  ),
  version_unsupported: invalidRequest(
    "the header `MCP-Protocol-Version` names a revision that the gateway does not support",
  ),
  meta_malformed: invalidRequest(
    "`_meta` lacks a member that this revision requires, or has one that it does not define",
  ),
  mirror_mismatch: invalidRequest("a header that mirrors the message is missing, or differs from the message"),
  method_unknown: notFound("the protocol's revision has no such request, or the route does not declare it"),
  tool_unknown: accessDenied("the route does not declare this tool"),
  tool_changed: accessDenied("the server's definition of the tool is not the one that was imported"),
  tool_argument: invalidRequest(
    "an argument of the tool is missing, or not of the type or within the bounds that the route declares: `decimal` and `long` are JSON numbers, never strings",
  ),
  detail_unreadable: invalidRequest(
    "a value that the route compares with authorization details is missing in the request, has the wrong type, or is too large",
  ),
  content_too_large: contentTooLarge("the body is larger than the route reads"),
  body_incomplete: requestTimeout("the body did not arrive completely, or not in time"),
  digest_mismatch: invalidRequest("the header `Content-Digest` does not match the body"),
  approval_malformed: invalidRequest("the header `Hop-Approval` is not the id of an approval"),
  emergency_malformed: invalidRequest(
    "the header `Hop-Break-Glass` has no reason: a String of 10 to 500 characters (RFC 9651)",
  ),
  emergency_refused: accessDenied("the route does not allow break-glass"),

  root_refused: invalidToken("the root does not have what the configuration requires of its issuer's tokens"),
  trust_unavailable: unavailable("the issuer's keys cannot be reached now"),
  txn_reserved: invalidToken("names of tasks that begin with `root:` or `gateway:` are reserved for the gateway"),
  purpose_malformed: invalidToken("the purpose of the task is not 1 to 1,024 bytes of text without control characters"),
  names_unavailable: unavailable("whether an actor's name is proven cannot be determined now"),
  actor_unproven: invalidToken(
    "only the delegator says that the key belongs to this actor, and the route does not accept that",
  ),
  actor_disabled: invalidToken(
    "the registration of an actor is disabled, by an administrator or by its owner in a review",
  ),
  actor_expired: invalidToken("the registration of an actor has expired: its owner must register it again"),
  actor_unowned: accessDenied("the registry names no owner of an actor, and the route requires one"),
  envelope_signature: invalidToken("the envelope is not sealed by the key that signed the last hop"),
  envelope_mismatch: invalidToken("the envelope and its chain do not agree"),
  envelope_digest: invalidToken("the payload is not the one that was sealed"),
  envelope_expired: invalidToken("the message has expired, or was sealed in the future"),
  proof_not_accepted: invalidProof("the route does not accept this proof of possession"),
  proof_missing: invalidProof("the credential is bound to a key, and the request proves no possession of it"),
  proof_malformed: invalidProof("the proof is not a well-formed JWT of its type"),
  proof_key_mismatch: invalidProof("the proof is made with another key than the last hop names"),
  proof_signature: invalidProof("the proof's signature does not verify"),
  proof_method: invalidProof("the proof is for another method"),
  proof_target: invalidProof("the proof is for another address"),
  proof_chain: invalidProof("the proof is for another chain"),
  proof_stale: invalidProof("the proof is too old or from the future"),
  proof_replayed: invalidProof("the proof was used before"),
  message_replayed: invalidToken("the message was delivered before under another id"),
  certificate_mismatch: invalidToken("the client certificate is not the one that the last hop names"),
  revoked: invalidToken("the chain, its task or one of its actors was revoked"),
  session_foreign: notFound("the session was not begun by this party for this task"),
  handle_foreign: invalidRequest("the task's handle or the state was not issued to this party for this task"),
  ledger_unavailable: unavailable("the ledger cannot be reached, and every request must be on record"),
  revocation_unavailable: unavailable("the revocation store cannot be reached"),

  evaluation_mismatch: accessDenied("the evaluation names another subject, action or resource than its request has"),

  policies_unavailable: unavailable("no policy set is loaded"),
  scope_insufficient: insufficientScope("the chain lacks a scope that this request needs"),
  action_narrowed: accessDenied("the caller's owner has limited what it may do, and this is not part of it"),
  details_required: accessDenied("the route accepts only chains with authorization details"),
  details_uncovered: accessDenied("the authorization details of the chain do not cover the request"),
  plan_required: accessDenied("the operation accepts only chains whose task has a plan"),
  plan_unknown: accessDenied("the plan of the task has an unknown form"),
  policy_failed: accessDenied("a policy that forbids could not be evaluated, so nothing is permitted"),
  policy_denied: accessDenied("no policy permits the request"),
  step_up_required: stepUp("the policy requires stronger or fresher authentication of the subject"),
  approval_required: accessDenied("the policy requires an approval"),
  dead_letter_undecided: accessDenied(
    "a dead letter is processed again only after an approval, and no policy asks for one",
  ),
  approval_pending: accessDenied("the approval has not been given yet"),
  approval_rejected: accessDenied("the approval was rejected"),
  approval_invalid: accessDenied("the approval is for another request, has expired, or was used before"),
  approval_unshowable: accessDenied("the call is too long to be shown to an approver"),
  approvals_unavailable: unavailable("the store of approvals cannot be reached"),
  approvals_exhausted: tooMany("too many approvals are open for this task, its root or its caller", 60),
  notice_unavailable: unavailable("break-glass must be announced, and the notice cannot be queued"),

  memory_unreadable: accessDenied(
    "a number that a policy adds up is missing in the request, or is not a whole number of at least 0",
  ),
  memory_full: accessDenied("a sum of the task or of a day would overflow, or the task has too many sums or labels"),
  memory_contended: unavailable(
    "the memory of the task or of a day kept changing while the request was decided, or too many requests wait for it",
    1,
  ),

  signs_unavailable: unavailable("a policy reads the signs of the request, which cannot be determined now"),

  rate_limited: tooMany("too many requests: wait as long as `Retry-After` says", 1),
  limits_unavailable: unavailable("the store of rates cannot be reached"),

  lifetime_exhausted: invalidToken("the chain expires before a token could be issued"),
  signing_unavailable: unavailable("the gateway has no signing key"),

  caller_left: requestTimeout("the caller closed its connection before the upstream answered"),
  upstream_unreachable: badGateway(
    "the upstream cannot be reached, or closed the connection before its answer was read",
  ),
  upstream_timeout: gatewayTimeout("the upstream did not answer in time"),

  socket_message_too_large: contentTooLarge("a message of the WebSocket is larger than the route allows"),
  socket_too_fast: tooMany("one side of the WebSocket receives more than the route's rate allows"),
  socket_exhausted: tooMany("one side of the WebSocket has received as much as the route allows"),
  socket_idle: requestTimeout("neither side of the WebSocket has sent anything within the idle timeout"),

  credential_unavailable: unavailable("the gateway has no credential for the upstream now"),
  account_unconnected: accessDenied(
    "the subject has not connected an account at the vendor: they can do so at `connect_uri`",
  ),
  subject_foreign: accessDenied("the vendor's accounts belong to people of another issuer than the subject's"),
  credential_refused: badGateway("the upstream does not accept the gateway's credential"),
  answer_unfiltered: badGateway("the upstream's answer contains what the caller may not see, and cannot be filtered"),

  internal: serverError("the gateway failed"),
} satisfies Record<string, Failure>;

const FAILURES = { ...CHAIN_FAILURES, ...GATEWAY_FAILURES };

export type Rule = keyof typeof FAILURES;

export function failureOf(rule: Rule): Failure {
  return FAILURES[rule];
}

/** How ledger and telemetry record an error: the caller's request was denied, or the gateway failed. */
export function outcomeOf(status: number): "denied" | "failed" {
  return status >= 500 ? "failed" : "denied";
}
