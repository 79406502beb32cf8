/**
 * docs/reference/headers-and-claims.md: every header, claim and OAuth parameter on one page. Tests compare it with what the gateway
 * reads and sends.
 */

type Rows = Readonly<Record<string, string>>;

/** Headers that the gateway reads of a request. */
export const REQUEST_HEADERS: Rows = {
  Authorization: "`DPoP <chain>`, `Bearer <chain>`, or `Envelope <jws>` ([presentation](../chain.md#presentation))",
  DPoP: "the proof of possession (RFC 9449)",
  "Txn-Token": "a chain, instead of `Authorization: Bearer`",
  "Workload-Identity-Token": "a chain, with a WIMSE proof",
  "Workload-Proof-Token": "the WIMSE proof (draft-ietf-wimse-wpt)",
  "Hop-Approval": "id of an [approval](../console.md#approvals) that the request uses",
  "Hop-Break-Glass": "the reason for an [emergency](../console.md#break-glass), a String (RFC 9651)",
  "Hop-Message": "id under which the transport delivers a [message](../messages.md)",
  "Hop-Dead-Letter": "`?1`: the message is a dead letter; people must [approve](../messages.md#dead-letters)",
  "Content-Digest":
    "digest of a message's payload that stays with the consumer, and of bodies on routes with `sign` (RFC 9530)",
  Traceparent: "continued to the upstream (W3C Trace Context), with `Tracestate`",
};

/** Headers that the gateway sends to an upstream, in addition to those of the request that pass. */
export const UPSTREAM_HEADERS: Rows = {
  Authorization: "`Bearer` and the narrowed token",
  "Hop-Subject": "the subject of the task",
  "Hop-Chain": "the actors, origin workload first",
  "Hop-Txn": "the task",
  "Hop-Decision": "id of the decision",
  "Hop-Approved-By": "the approvers of the request, with group and time; the reason for break-glass",
  "Txn-Token": "on routes with `txn_token`",
  "Content-Digest": "on routes with `sign`",
  "Signature-Input": "on routes with `sign` (RFC 9421)",
  Signature: "on routes with `sign`",
  Traceparent: "the caller's trace, or a new one",
};

/** Headers of answers. */
export const ANSWER_HEADERS: Rows = {
  "Hop-Decision": "id of the decision: `hopgate policy explain` takes it",
  "WWW-Authenticate": "what the request lacks, on 401 and 403 (RFC 6750, 9449, 9470, 9728)",
  "DPoP-Nonce": "of the token endpoint: the next proof must contain it (RFC 9449, section 8)",
  "Retry-After": "seconds, on 503 and 429",
};

/** Claims of the narrowed token. */
export const NARROWED_CLAIMS: Rows = {
  iss: "the gateway (`gateway.id`)",
  sub: "the subject's name",
  sub_id: "the same with its issuer (RFC 9493)",
  aud: "the API (`audience` of the route), exactly one",
  client_id: "the caller, as policies name it",
  scope: "the scopes of this request",
  act: "the actors, caller outermost (RFC 8693)",
  act_proof: "how each actor's name is known, origin workload first",
  txn: "the task",
  txn_by: "who introduced it",
  txn_began: "when its first root was issued; 0 if that is unknown",
  tctx: "its context: `purpose`, `plan`",
  purpose_by: "who stated the purpose",
  plan_by: "who stated the plan",
  authorization_details: "those of the last hop (RFC 9396)",
  root_claims: "claims of the root that policies see, as the configuration names them",
  lineage: "hashes of what the token was derived from, for revocation",
  pth: "hash of the verified chain",
  decision: "id of the decision",
  approved_by: "the approvers of the request: `iss`, `sub`, `group`, `time`",
  emergency: "the reason for break-glass",
  jti: "id of the token",
  iat: "issued",
  nbf: "not before",
  exp: "expires",
};

/** Claims and header parameters of hops; docs/chain.md has their rules. */
export const HOP_CLAIMS: Rows = {
  iss: "the delegator; in hop 0 the issuer",
  sub: "the delegate; in hop 0 the subject",
  aud: "audiences that may accept the chain",
  exp: "expires; at most the parent's",
  nbf: "not before",
  iat: "issued",
  jti: "id of the hop",
  scope: "what the delegate may do",
  pth: "hash of the parent hop",
  cnf: "the delegate's key: `jwk`, in hop 0 also `jkt` or `x5t#S256`",
  txn: "the task",
  tctx: "its context: `purpose`, `plan`",
  max_hops: "how many hops may follow",
  authorization_details: "RFC 9396",
  act: "hop 0: who acts for the subject",
  client_id: "hop 0: the actor, if there is no `act`",
  azp: "hop 0: the actor, if there is neither `act` nor `client_id`",
  sub_id: "hop 0: the issuer of the name in `sub` (RFC 9493)",
  alg: "header: the signature's algorithm",
  typ: "header: `hop+jwt`; in hop 0 as `types` of the issuer allow",
  kid: "header: the key, in hop 0",
  jwk: "header: the key that signs hop 1, if hop 0 names it by `jkt`",
  wit: "header: the delegate's Workload Identity Token",
  crit: "header: refused",
  b64: "header: refused",
  jku: "header: refused",
  x5u: "header: refused",
  x5c: "header: refused",
};

/** Parameters of the endpoints of the authorization server. */
export const OAUTH_PARAMETERS: Rows = {
  grant_type: "RFC 6749",
  client_id: "RFC 6749",
  client_secret: "RFC 6749",
  client_assertion: "[how a client authenticates](../oauth.md#how-a-client-authenticates) (RFC 7523)",
  client_assertion_type: "RFC 7523",
  scope: "RFC 6749",
  audience: "what the token is for (RFC 8693)",
  resource: "what the token is for (RFC 8707)",
  subject_token: "the token to exchange (RFC 8693)",
  subject_token_type: "RFC 8693",
  actor_token: "the token of the actor, if it is not the client (RFC 8693)",
  actor_token_type: "RFC 8693",
  requested_token_type: "RFC 8693",
  authorization_details:
    "[those of `subject_token` or `assertion`](../oauth.md#what-a-token-exchange-checks) that the new token keeps; refused with other grants (RFC 9396)",
  request_details:
    "`tctx`, if the subject token has none, else it may only narrow the purpose; `purpose` is [what the work is for](../oauth.md#the-purpose-of-the-work) (draft-ietf-oauth-transaction-tokens)",
  request_context: "`rctx` of a Txn-Token (draft-ietf-oauth-transaction-tokens)",
  assertion: "a grant of [another domain](../oauth.md#other-domains) (RFC 7523)",
  refresh_token: "RFC 6749",
  code: "RFC 6749",
  code_verifier: "RFC 7636",
  redirect_uri: "RFC 6749",
  response_type: "`code` (RFC 6749)",
  response_mode: "`query`",
  state: "RFC 6749",
  code_challenge: "RFC 7636",
  code_challenge_method: "`S256` (RFC 7636)",
  dpop_jkt: "the key that the code is bound to (RFC 9449)",
  acr_values: "OpenID Connect Core",
  max_age: "OpenID Connect Core",
  token: "the token to introspect or revoke, or a token of the task to end (RFC 7662, RFC 7009)",
  actor_chain_profile: "[actor chains](../oauth.md#actor-chains) (draft-mw-oauth-actor-chain)",
  actor_chain_step_proof: "the same",
  actor_chain_bootstrap_context: "the same",
};

/** `typ` of every token that the gateway reads or signs. */
export const TOKEN_TYPES: Rows = {
  "hop+jwt": "a hop ([chain](../chain.md))",
  "hop-narrowed+jwt": "the narrowed token ([upstream](../upstream.md))",
  "at+jwt": "an access token of the authorization server, or of an issuer (RFC 9068)",
  "txntoken+jwt": "a Txn-Token (draft-ietf-oauth-transaction-tokens)",
  "wit+jwt": "a Workload Identity Token (draft-ietf-wimse-workload-creds)",
  "dpop+jwt": "a DPoP proof (RFC 9449)",
  "wpt+jwt": "a WIMSE proof (draft-ietf-wimse-wpt)",
  "hop-envelope+jwt": "the envelope of a [message](../messages.md)",
  "oauth-id-jag+jwt": "a grant for [another domain](../oauth.md#other-domains)",
  "client-authentication+jwt":
    "a client's assertion ([how a client authenticates](../oauth.md#how-a-client-authenticates))",
  "act-step-proof+jwt": "a step of an [actor chain](../oauth.md#actor-chains)",
  "act-bootstrap+jwt": "the context that begins an actor chain",
  "act-commitment+jwt": "the commitment to an actor chain's steps",
  "statuslist+jwt": "the [status list](../oauth.md#status-list)",
  "secevent+jwt": "a security event (RFC 8417)",
  "policy-release+jwt": "a [release](../policies.md#releases) of policies",
  "ledger-checkpoint+jwt": "the checkpoint of a task's [ledger](../ledger.md)",
};

export function headersPage(): string {
  return `# Headers and claims

Every header and claim, and every parameter of the authorization server, on one page.

## A request to the gateway

${tableOf("header", REQUEST_HEADERS)}

Other headers pass to the upstream only if they are [listed](../requests.md#headers); \`Hop-Subject\`, \`Hop-Chain\`, \`Hop-Txn\`,
\`Hop-Decision\` and \`Hop-Approved-By\` of a caller never do.

## To the upstream

${tableOf("header", UPSTREAM_HEADERS)}

On routes with \`credential\` only the vendor's own credential is sent.

## The answer

${tableOf("header", ANSWER_HEADERS)}

## Claims of the narrowed token

\`typ\` is \`hop-narrowed+jwt\`. [How to verify it](../upstream.md).

${tableOf("claim", NARROWED_CLAIMS)}

## Claims of a hop

[Their rules](../chain.md#hop-k).

${tableOf("claim or parameter", HOP_CLAIMS)}

## Parameters of the authorization server

${tableOf("parameter", OAUTH_PARAMETERS)}

## Types of tokens

${tableOf("`typ`", TOKEN_TYPES)}

This page is printed by \`npm run docs\` from \`local/reference/headers.ts\`; tests compare it with what the gateway reads and sends.
`;
}

function tableOf(head: string, rows: Rows): string {
  const lines = Object.entries(rows).map(([name, what]) => `| \`${name}\` | ${what} |`);
  return [`| ${head} | |`, "|---|---|", ...lines].join("\n");
}
