/**
 * What docs/reference/configuration.md says of each field: its meaning, and an example as it stands in the file. A test compares
 * the names with the schema's, and reads every example by it.
 */
export interface FieldText {
  readonly what: string;
  /** TOML of the value; none for tables. */
  readonly example?: string;
  /** The version that brought it; absent for those of the first. */
  readonly since?: string;
}

/** A field that names no version has been there since this one. */
export const FIRST_VERSION = "0.1.0";

const field = (example: string, what: string): FieldText => ({ what, example });
const table = (what: string): FieldText => ({ what });

const OPERATION = {
  action: field('"orders:read"', "the Cedar action that the policies decide"),
  scopes: field('["orders:read"]', "scopes that the chain must have; the narrowed token gets no others"),
  details: field(
    '{ type = "refund", members = { order = { from = "path.id", type = "string" } } }',
    'what the operation needs of [authorization details](../task.md#what-a-task-may-do); `"any"` takes whatever they say. Absent, a chain with details may not do it',
  ),
  plan: field(
    '"required"',
    "refuses chains whose task carries no [plan](../task.md#what-was-planned), or one of an unknown form",
  ),
};
const TOOL = {
  ...OPERATION,
  arguments: field(
    '{ order = "string", amount = "decimal?" }',
    'arguments that the policies see, by their Cedar types (`strings` is a set); with `?` one may be absent. `{ type = "long", min = 1, max = 100 }` bounds a whole number; `{ type = "string", header = "Order" }` has the header that mirrors the argument, here `Mcp-Param-Order`',
  ),
  inputs: field(
    '{ "confirm.amount" = "decimal" }',
    "answers of people to what the tool asks back, as `<question>.<member>`: the policies see them as `context.tool.inputs` ([multi round trips](../agents.md#revisions))",
  ),
  pin: field(
    '"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"',
    "SHA-256 of the tool's definition, or a list with one for each revision of MCP; written by `hopgate tools import`. A tool that its server describes otherwise is neither listed nor called",
  ),
};
const KEY_LIFE = {
  refresh: field("300", "after this time fetched keys are fetched again in the background"),
  max_stale: field("86400", "while the publisher cannot be reached, its last keys are accepted for this long"),
};

const within = (prefix: string, texts: Readonly<Record<string, FieldText>>): Record<string, FieldText> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${prefix}${name}`, text]));

export const FIELD_TEXTS: Readonly<Record<string, FieldText>> = {
  gateway: table("What the gateway is called, and its limits."),
  ...within("gateway.", {
    id: field(
      '"https://gateway.example.com"',
      "`iss` of the tokens that the gateway issues, and an audience that chains may name. OAuth and OpenID clients find the metadata only if it is the public address",
    ),
    origins: field(
      '["https://gateway.example.com", "https://*.api.example.com"]',
      "where callers reach the gateway: https, or http on the loopback. Default: the origin of `id`; required if `id` is neither an https address nor http on the loopback. Requests to other hosts get 421 ([hosts](../requests.md#hosts)). Links for people lead to the first",
    ),
    trust_domain: field('"example.com"', "`aud` of Txn-Tokens"),
    max_hops: field("8", "most hops of a chain"),
    max_bytes: field("16384", "largest chain"),
    core: field(
      '"auto"',
      '`"wasm"`: the core verifies every Ed25519 signature. `"auto"`: WebCrypto verifies signatures by unknown keys where that is faster; both accept the same signatures ([Ed25519](../ed25519.md))',
    ),
    clock_skew: field("5", "how far ahead `iat` and `nbf` may be"),
    proof_window: field("60", "how old a proof of possession may be"),
    policy_refresh: field("10", "after this time KV is asked in the background whether there are newer policies"),
    revocation_bound: field(
      "5",
      "after this time an open WebSocket, or a stream of an MCP server, is looked at again: whether its chain has been revoked",
    ),
    max_denials: table("Denials after which [a task ends](../task.md#what-leaves-the-task-ends-it)."),
    "max_denials.task": field("20", "of the task"),
    "max_denials.caller": field("100", "of the task's caller, in all tasks"),
    "max_denials.seconds": field("600", "within this time"),
    max_in_flight: field(
      "500",
      "requests that an isolate works on at a time; more get 503 with `Retry-After: 1`, except `/healthz`",
    ),
    body_timeout: field(
      "15",
      "time for a body that the gateway reads itself: forms, what `/admin` takes, tool calls, messages, what is signed. Later it is 408 `body_incomplete`",
    ),
    body_idle_timeout: field(
      "5",
      "how long nothing may come in the middle of a caller's body, also of one that streams to the upstream; then 408 `body_incomplete`",
    ),
    approval_ttl: field("900", "how long an approval can be given and used; never longer than the chain lives"),
  }),
  authorizer: table("Proxies that ask, and forward themselves: [beside another gateway](../authorizer.md)."),
  "authorizer.proxies": table("Whom the gateway answers."),
  ...within("authorizer.proxies[].", {
    name: field('"edge"', "what the ledger calls it"),
    kind: field('"nginx"', "how it asks; `authzen` is OpenID AuthZEN"),
    secret: field(
      '"EDGE_SECRET"',
      "name of a secret of the Worker, 32 to 256 characters, which the proxy sends as `Hop-Authorizer`",
    ),
    certificate: field(
      '"A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"',
      "SHA-256 of its client certificate in base64url (`x5t#S256`), as the edge has verified it",
    ),
    method: field('"x-original-method"', "header in which it says what method it was asked with"),
    host: field('"x-original-host"', "header in which it says what host it was asked for"),
    uri: field('"x-original-uri"', "header in which it says what path and query it was asked for"),
    address: field('"x-real-ip"', "header with the address of its client, which policies see as `ip`"),
  }),
  ledger: table("Where requests are admitted and recorded ([scale](../scale.md))."),
  ...within("ledger.", {
    shards: field("1", "Durable Objects that the tasks are spread over: one on one machine, more on Cloudflare"),
    raised: table("Later numbers of shards, in the order of time. Tasks that began before stay where they are."),
    "raised[].from": field(
      "2027-03-01T00:00:00Z",
      "tasks that begin from then on use the new number; deploy it before",
    ),
    "raised[].shards": field("16", "the new number"),
    keep_days: field("90", "days for which a shard keeps entries; the archive has them for good"),
  }),
  oauth: table("The [authorization server](../oauth.md)."),
  ...within("oauth.", {
    ttl: field("300", "longest life of an issued token"),
    dpop_nonce: field("true", "DPoP proofs for the token endpoint must carry the server's nonce (RFC 9449, section 8)"),
    status_list: field("true", "issued tokens have a place in the status list"),
    client_refresh: field("5", "how long an isolate keeps a client's registration"),
    audiences: field(
      '["https://agents.example.com"]',
      "what tokens may be for, beside the gateway and the URLs of its routes: other agents, other gateways. Never the `audience` of a route",
    ),
    sign_in: table(
      "people sign in at `console.oidc` and let clients act for them at MCP routes ([MCP clients and people](../mcp.md)). It needs a `gateway.id` that is one of the origins",
    ),
    "sign_in.lasts": field(
      "28800",
      "how long a client can renew what a person has allowed; 0: there are no refresh tokens",
    ),
    "sign_in.session": field(
      "600",
      "how long a browser is remembered between the sign-in and the answer, and at `/me`",
    ),
    "sign_in.words": field('{ "orders:read" = "Read your orders" }', "what scopes are, in words for people"),
    "sign_in.client_hosts": field(
      '["agents.partner.example", "*.acme.example"]',
      'hosts whose client metadata documents are taken as clients; `"*"`: every host that has a public name',
    ),
    "sign_in.registrations": field(
      "60",
      "clients that may describe themselves in an hour (RFC 7591), all together; 0: none",
    ),
    "sign_in.registration_lasts": field(
      "2592000",
      "how long such a client is kept after somebody has allowed it something; until then it is an hour",
    ),
  }),
  names: table("How the gateway knows that a key belongs to a name ([workloads](../workloads.md))."),
  ...within("names.", {
    refresh: field("30", "how long a proven pair of name and key is remembered"),
    published_hosts: field(
      '["agents.partner.example", "*.acme.example"]',
      "hosts whose metadata documents prove the keys of names at these hosts",
    ),
  }),
  notify: table("Where people are told about break-glass and waiting approvals."),
  "notify.url": field(
    '"https://ops.example.com/hopgate"',
    "gets signed CloudEvents by POST ([notices](../console.md#break-glass)). Required if a route has `break_glass`",
  ),
  console: table("The [console](../console.md). Without this section it is closed."),
  ...within("console.", {
    local: field(
      "true",
      "one-time sign-in: whoever holds ADMIN_TOKEN signs anybody in (`hopgate console sign-in`). Not for production",
    ),
    local_issuer: field(
      '"https://idp.acme.example"',
      "the issuer whose names one-time tokens use, so that approvers can be compared with subjects ([four eyes](../console.md#four-eyes)). Default: the gateway",
    ),
    separate_issuers: field(
      '["https://customers.example.com"]',
      "issuers whose people never sign in at the console: an approver is never one of their subjects",
    ),
    oidc: table(
      "sign-in by OpenID Connect (code, PKCE); redirect address `/console/callback`, and `/oauth/callback` with `oauth.sign_in`; secret CONSOLE_CLIENT_SECRET",
    ),
    "oidc.issuer": field('"https://idp.acme.example"', "the OpenID provider"),
    "oidc.client_id": field('"hopgate"', "the console's client there"),
    "oidc.groups_claim": field('"groups"', "claim of the ID token that lists the person's groups"),
    "oidc.scope": field('"openid profile groups"', "what is asked for"),
    review_days: field(
      "90",
      "after so many days the owner of a registered workload must confirm it, or it ends ([reviews](../workloads.md#reviews)); absent: never",
    ),
    passkeys: table("Approval [by passkey](../console.md#by-passkey)."),
    "passkeys.rp_id": field(
      '"gateway.example.com"',
      "the relying party: the host of one of the origins, or a domain above it; changing it makes every passkey useless",
    ),
    "passkeys.register_within": field("300", "how long after signing in a passkey can be added"),
    auditors: field('["security"]', "groups that see everything"),
    operators: field('["platform"]', "groups that also revoke and end tasks"),
    session: field("28800", "how long a session lasts"),
  }),
  telemetry: table("Traces and metrics ([telemetry](../ledger.md#telemetry))."),
  "telemetry.otlp": field(
    '"https://collector.example.com:4318"',
    "base address of an OTLP/HTTP collector; `/v1/traces` and `/v1/metrics` are appended. OTLP_HEADERS holds its headers",
  ),
  log: table("What the log tells of ([the log](../reference/log.md))."),
  "log.requests": field(
    '"all"',
    "which requests have a line `request`: `failed` none beyond those of failures, `refused` those that were refused too, `all` every one",
  ),
  transmitters: table("Who may push security events to `/events` (RFC 8417). `aud` of an event is `gateway.id`."),
  ...within("transmitters[].", {
    issuer: field('"https://idp.acme.example"', "`iss` of its events"),
    jwks_uri: field('"https://idp.acme.example/jwks.json"', "where its keys are; this or `keys`"),
    keys: field('[{ kty = "OKP", crv = "Ed25519", kid = "1", x = "..." }]', "its public keys; this or `jwks_uri`"),
    subjects: field('["https://idp.acme.example"]', "issuers whose subjects its events may name. Default: itself"),
    ...KEY_LIFE,
  }),
  receivers: table("Who is told of [security events](../security-events.md), each in a stream of its own."),
  ...within("receivers[].", {
    id: field('"soc"', "its name, and that of its stream"),
    audience: field('"https://soc.example.com"', "`aud` of its events"),
    secret: field('"SOC_TOKEN"', "name of the secret by which it polls and manages its stream, as a bearer token"),
    endpoint: field('"https://soc.example.com/events"', "where its events are pushed; without it, it polls"),
    events: field('["session-revoked"]', "events that it may have. Default: all"),
  }),
  vendors: table(
    "Vendors at which people have [accounts of their own](../vendors.md#peoples-own-accounts), by name. They need `oauth.sign_in` and the secret VAULT_KEYS",
  ),
  ...within("vendors.NAME.", {
    issuer: field(
      '"https://login.crm.example"',
      "its identifier: `iss` of its answers (RFC 9207), and where its metadata is",
    ),
    discovery: field(
      '"oauth"',
      "where its metadata is found: `openid` (OpenID Connect Discovery, the default) or `oauth` (RFC 8414)",
    ),
    authorization_endpoint: field(
      '"https://login.crm.example/authorize"',
      "in place of metadata, with `token_endpoint`",
    ),
    token_endpoint: field('"https://login.crm.example/token"', "in place of metadata, with `authorization_endpoint`"),
    revocation_endpoint: field(
      '"https://login.crm.example/revoke"',
      "beside them: where tokens are given back (RFC 7009)",
    ),
    client_id: field('"hopgate"', "the gateway's client there; its redirect address is `/me/connected/NAME`"),
    secret: field('"CRM_CLIENT_SECRET"', "name of the Worker's secret that the client has; without one it is public"),
    auth: field('"basic"', "how the client authenticates"),
    scope: field('["contacts.read", "offline_access"]', "what people are asked for"),
    parameters: field('{ access_type = "offline" }', "what the authorization endpoint is told besides"),
    title: field('"Example CRM"', "its name for people. Default: `NAME`"),
  }),
  issuers: table(
    "Whom the gateway trusts to begin chains. One of `keys`, `jwks_uri`, `discovery` and `spiffe_bundle` is required. [Samples](../oauth.md#roots), [how keys are refreshed](../configuration.md#issuers).",
  ),
  ...within("issuers[].", {
    issuer: field(
      '"https://idp.acme.example"',
      "the exact `iss` of its tokens, and the authority of the names in them",
    ),
    types: field('["at+jwt", "JWT"]', "`typ` of the tokens that may begin a chain; `none` means no `typ`"),
    scope: field('["orders:read"]', "the scope of its tokens that have none, such as ID tokens and JWT-SVIDs"),
    jwks_uri: field('"https://idp.acme.example/jwks.json"', "where its JWK Set is"),
    keys: field('[{ kty = "OKP", crv = "Ed25519", kid = "1", x = "..." }]', "its public keys"),
    discovery: field("true", "its keys are where its OpenID discovery document says"),
    spiffe_bundle: field(
      '"https://spire.example.com/bundle"',
      "bundle endpoint of a SPIFFE trust domain. Keys with the use `wit-svid` count for `wit+jwt`, those with `jwt-svid` for other types",
    ),
    trust_domain: field(
      '"prod.example"',
      "a SPIFFE trust domain: the issuer's subjects must be SPIFFE IDs of it, its tokens need no `iss`, and its [Workload Identity Tokens](../workloads.md#workload-identity-tokens) prove keys",
    ),
    speaks_for: field(
      '["spiffe://acme.example/jobs/*"]',
      "workloads that its tokens may name under the workloads' own authority; a `*` after a `/` or `:` matches any suffix. Other actors in its tokens are names of the issuer. A name that `act` or `may_act` gives to another issuer (`iss`) is never covered",
    ),
    require: field(
      '{ repository = "acme/orders", ref = ["refs/heads/main", "refs/tags/v*"] }',
      "claims that its tokens must have, each a value or a list of accepted values; a trailing `*` matches any suffix",
    ),
    policy_claims: field(
      '{ department = "string", roles = "strings" }',
      "claims of its tokens that policies see as `context.claims`, each with its type: `string`, `long`, `bool` or `strings` (a set). A token in which one has another type is refused (`root_refused`)",
    ),
    grants: field("true", "its authorization grants are accepted ([other domains](../oauth.md#other-domains))"),
    scopes: field(
      '{ "orders:read" = "orders:read", "payouts:write" = "orders:write" }',
      "for grants: what its scopes are called here. Scopes that are not listed are dropped",
    ),
    claims: table(
      "claims that say who the subject is, who acts, and for what purpose, if they are not the standard ones. A token without the claim for subject or actor is refused (`root_refused`)",
    ),
    "claims.subject": field('"email"', "refused while `email_verified` is false, where it is `email`"),
    "claims.actor": field('"job_workflow_ref"', "in place of `act`, `client_id` and `azp`"),
    "claims.purpose": field('"purpose"', "in place of `tctx.purpose`"),
    ...KEY_LIFE,
  }),
  signs: table(
    "What is new in verified requests, and not as it was ([signs](../signs.md)). Without this table nothing is watched.",
  ),
  ...within("signs.", {
    quiet_until: field(
      "2026-12-10T00:00:00Z",
      "until then everything is remembered, and nothing is a sign: the learning period",
    ),
    sleep_days: field("30", "days after which a key that is used again is one that slept"),
    keep_days: field("180", "days for which it is remembered what a caller had; more than `sleep_days`"),
    most: field("1000", "what is remembered of one caller; beyond it, what was there longest ago is forgotten"),
    denials: table("Denials of one caller that are a burst, in windows by the clock."),
    "denials.count": field("20", "so many"),
    "denials.seconds": field("600", "within this time"),
    country_header: field(
      '"x-country"',
      "header in which the proxy in front says the country, in two letters; it must overwrite what callers send. Default: what Cloudflare says",
    ),
  }),
  routes: table(
    "What is behind the gateway, and on which terms. The first route whose host and path match serves the request.",
  ),
  ...within("routes[].", {
    id: field('"orders"', '`Route::"<id>"` in policies'),
    api: field('"orders-api"', 'the route is in `Api::"<api>"` in policies'),
    host: field('"*.api.example.com"', "a host, `*.domain` or `*`, without port"),
    path: field(
      '"/orders/*"',
      "`/orders/*` is everything below `/orders/`, `/orders/:id` one segment. The gateway's own paths are refused: `/.well-known`, `/oauth`, `/admin`, `/console`, `/me`, `/events`, `/ssf`, `/federation`, `/authorize`, `/access`, `/healthz`, `/readyz`, `/metrics`",
    ),
    methods: table("each served method"),
    ...within("methods.METHOD.", OPERATION),
    upstream: field(
      '"https://orders.internal.example.com"',
      "the API: https, or http on the loopback (elsewhere: `allow_http`); its path is put in front. Optional for routes with `envelope`",
    ),
    allow_http: field(
      "true",
      "the upstream may be reached over plain http, such as `http://orders:8080` in Compose or Kubernetes. The narrowed token and the bodies travel unencrypted: only for a network that nobody else is in",
    ),
    authorize_only: field(
      "true",
      "[another proxy](../authorizer.md) asks and forwards: requests to the gateway itself get 421 `route_elsewhere`",
    ),
    envelope: field("true", "the route takes [messages](../messages.md), which are verified when they are acted on"),
    max_body: field("262144", "largest body, where the gateway must read it whole"),
    audience: field('"https://orders.example.com"', "`aud` of the narrowed token: the API's own identifier"),
    sensitivity: field('"low"', "for policies: `resource.sensitivity`"),
    ttl: field("60", "longest life of a narrowed token"),
    actors: field(
      '"proven"',
      '`"proven"` refuses chains with an actor whose name only its delegator states (`actor_unproven`); `"told"` lets the policies decide ([ToldWorkload](../policies.md#ids-of-workloads))',
    ),
    owners: field(
      '"required"',
      '`"required"` refuses chains with an actor for whom the registry names no owner (`actor_unowned`; [who answers for it](../workloads.md#who-answers-for-it))',
    ),
    proof: field(
      '["dpop", "mtls"]',
      "accepted proofs of possession. A WIMSE proof must name its method (`htm`) if the route serves several",
    ),
    timeout: field("30", "how long the upstream may take to answer with its headers"),
    idle_timeout: field(
      "300",
      "how long the upstream may pause in the middle of its answer. An event stream that is silent for longer gets a comment in between",
    ),
    txn_token: field("true", "also send a Txn-Token"),
    sign: field(
      "true",
      "sign token, provenance headers and body (RFC 9421, [headers](headers-and-claims.md)); bodies are read whole",
    ),
    break_glass: field(
      "true",
      "requests may state an emergency; the policies say what it permits ([break-glass](../console.md#break-glass))",
    ),
    cors_origins: field(
      '["https://app.example.com"]',
      'origins of pages that may call the route from a browser; `"*"` for all. The gateway answers preflight requests itself',
    ),
    tools: table("the upstream is an MCP server: its [tools](../agents.md), by name"),
    ...within("tools.NAME.", TOOL),
    requests: table("requests of MCP other than calls of tools, such as `resources/read`"),
    ...within("requests.NAME.", TOOL),
    credential: table("the upstream's own credential, in place of the narrowed token ([vendors](../vendors.md))"),
    ...within("credential.", {
      kind: field('"header"', "how the vendor knows the gateway, or the person"),
      "secret (header, query, basic, hmac, oauth, exchange)": field(
        '"CRM_KEY"',
        "name of the Worker's secret that holds it. For `basic` the secret is `user:password`",
      ),
      "vendor (person)": field('"crm"', "the one of `vendors` at which the person has an account"),
      "name (header, query)": field(
        '"X-Api-Key"',
        "name of the header or of the query parameter (required for `query`)",
      ),
      "prefix (header, hmac)": field('"Token "', "put in front of the value"),
      "header (hmac)": field('"X-Signature"', "header for the signature"),
      "message (hmac)": field(
        '"{timestamp}.{method}.{target}.{body}"',
        "what is signed with HMAC-SHA-256; with `{body}` the gateway reads the body whole",
      ),
      "timestamp_header (hmac)": field('"X-Timestamp"', "header for the timestamp"),
      "encoding (hmac)": field('"hex"', "of the signature"),
      "token_url (oauth, exchange)": field('"https://vendor.example/token"', "the vendor's token endpoint"),
      "client_id (oauth, exchange, azure)": field('"acme"', "the gateway's client there"),
      "scope (oauth, exchange, google, azure)": field('["crm"]', "what is asked for"),
      "auth (oauth, exchange)": field(
        '"basic"',
        "how the client authenticates; for `private_key_jwt` the secret is JSON of a private key with `alg` and `kid`",
      ),
      "audience (oauth, exchange, aws, google)": field(
        '"https://vendor.example"',
        "`aud` of what the gateway signs: the vendor's issuer (default `token_url`), or what the cloud's provider takes",
      ),
      "grant (exchange)": field('"token-exchange"', "RFC 8693, or RFC 7523, section 2.1"),
      "subjects (exchange)": field(
        '"https://idp.acme.example"',
        "the issuer whose people the vendor knows by their `sub`; others are refused",
      ),
      "resource (exchange)": field('"https://api.vendor.example"', "where the token is used (RFC 8707)"),
      "role_arn (aws)": field('"arn:aws:iam::123456789012:role/hopgate"', "the role that the gateway takes"),
      "region (aws)": field('"eu-west-1"', "of the service"),
      "service (aws)": field('"execute-api"', "as signatures name it"),
      "sts_url (aws, google)": field(
        '"https://sts.eu-west-1.amazonaws.com/"',
        "the cloud's token service, where it is another than its own",
      ),
      "service_account (google)": field('"robot@project.iam.gserviceaccount.com"', "whom the gateway acts as"),
      "iam_url (google)": field('"https://iamcredentials.googleapis.com"', "where it becomes that account"),
      "tenant (azure)": field('"11111111-2222-3333-4444-555555555555"', "the directory"),
      "login_url (azure)": field('"https://login.microsoftonline.com"', "another cloud's, such as a national one"),
    }),
    filters: table("parts of the answer that are removed unless the narrowed token has a scope"),
    "filters[].scope": field('"crm:contact"', "the scope"),
    "filters[].headers": field('["x-phone"]', "headers of the answer"),
    "filters[].fields": field('["email", "contacts.*.phone"]', "members of a JSON body"),
    limit: table("a [rate](../vendors.md#rates)"),
    "limit.requests": field("60", "how many requests"),
    "limit.seconds": field("60", "in how many seconds"),
    "limit.per": field('"caller"', "whose requests are counted together"),
    forward_headers: field(
      '["x-request-id"]',
      "headers that pass to the upstream beside [those that always do](../requests.md#headers)",
    ),
    websocket: field(
      "true",
      "GET may open a [WebSocket](../requests.md#websockets); not with `credential`, `filters`, `tools` or `envelope`",
    ),
    websocket_message: field("65536", "bytes of a message of a WebSocket; a larger one ends it (1009)"),
    websocket_rate: field(
      "262144",
      "bytes a second to either side of a WebSocket, four seconds' worth at once; what goes beyond ends it (1013)",
    ),
    websocket_bytes: field(
      "16777216",
      "bytes to either side over the life of a WebSocket; what goes beyond ends it (1013)",
    ),
  }),
};
