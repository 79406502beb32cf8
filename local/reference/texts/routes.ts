/** Routes, and the operations and tools that they declare. */
import { type FieldTexts, field, table, within } from "./field-text.ts";

const OPERATION = {
  action: field('"orders:read"', "the Cedar action that the policies decide"),
  scopes: field('["orders:read"]', "scopes that the chain must have; the narrowed token gets no others"),
  details: field(
    '{ type = "refund", members = { order = { from = "path.id", type = "string" } } }',
    'the [authorization details](../task.md#what-a-task-may-do) that the operation needs; `"any"` accepts any. If absent, a chain with details may not do it',
  ),
  plan: field(
    '"required"',
    "refuses chains whose task has no [plan](../task.md#what-was-planned), or one of an unknown form",
  ),
};
const TOOL = {
  ...OPERATION,
  arguments: field(
    '{ order = "string", amount = "decimal?" }',
    'arguments that policies see, by their Cedar types (`strings` is a set); with `?` one may be absent. `{ type = "long", min = 1, max = 100 }` bounds a whole number; `{ type = "string", header = "Order" }` has the header that mirrors the argument, here `Mcp-Param-Order`',
  ),
  inputs: field(
    '{ "confirm.amount" = "decimal" }',
    "people's answers to questions of the tool, as `<question>.<member>`: policies see them as `context.tool.inputs` ([multi round trips](../agents.md#revisions))",
  ),
  pin: field(
    '"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"',
    "SHA-256 of the tool's definition, or a list with one for each revision of MCP; written by `hopgate tools import`. A tool with another definition is neither listed nor called",
  ),
};

export const ROUTE_TEXTS: FieldTexts = {
  routes: table(
    "The APIs behind the gateway, and the conditions of each. The first route whose host and path match serves the request.",
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
      "the API: https, or http on the loopback (elsewhere: `allow_http`); the path of a request is appended to its own. Optional for routes with `envelope`",
    ),
    allow_http: field(
      "true",
      "the upstream may be reached over plain http, such as `http://orders:8080` in Compose or Kubernetes. The narrowed token and the bodies are sent unencrypted: only for a private network",
    ),
    authorize_only: field(
      "true",
      "[another proxy](../authorizer.md) asks and forwards: requests to the gateway itself get 421 `route_elsewhere`",
    ),
    envelope: field("true", "the route accepts [messages](../messages.md), which are verified when they are processed"),
    max_body: field("262144", "largest body that the gateway reads whole, if it must"),
    audience: field('"https://orders.example.com"', "`aud` of the narrowed token: the API's own identifier"),
    sensitivity: field('"low"', "for policies: `resource.sensitivity`"),
    ttl: field("60", "longest life of a narrowed token"),
    actors: field(
      '"proven"',
      '`"proven"` refuses chains with an actor whose name only its delegator states (`actor_unproven`); `"told"` lets the policies decide ([ToldWorkload](../policies.md#ids-of-workloads))',
    ),
    owners: field(
      '"required"',
      '`"required"` refuses chains with an actor for whom the registry names no owner (`actor_unowned`; [owners](../workloads.md#owners))',
    ),
    proof: field(
      '["dpop", "mtls"]',
      "accepted proofs of possession. A WIMSE proof must name its method (`htm`) if the route serves several",
    ),
    timeout: field("30", "how long the upstream may take to answer with its headers"),
    idle_timeout: field(
      "300",
      "longest pause within the upstream's answer. During a pause in an event stream, the gateway sends comments",
    ),
    txn_token: field("true", "also send a Txn-Token"),
    sign: field(
      "true",
      "sign token, provenance headers and body (RFC 9421, [headers](headers-and-claims.md)); bodies are read whole",
    ),
    break_glass: field(
      "true",
      "requests may declare an emergency; policies decide what that permits ([break-glass](../console.md#break-glass))",
    ),
    cors_origins: field(
      '["https://app.example.com"]',
      'origins of pages that may call the route from a browser; `"*"` for all. The gateway answers preflight requests itself',
    ),
    tools: table("the upstream is an MCP server: its [tools](../agents.md), by name"),
    ...within("tools.NAME.", TOOL),
    requests: table("MCP requests other than tool calls, such as `resources/read`"),
    ...within("requests.NAME.", TOOL),
    credential: table(
      "the gateway's credential at the upstream, instead of the narrowed token ([vendors](../vendors.md))",
    ),
    ...within("credential.", {
      kind: field('"header"', "how the gateway, or the person, authenticates at the vendor"),
      "secret (header, query, basic, hmac, oauth, exchange)": field(
        '"CRM_KEY"',
        "name of the Worker's secret with its value. For `basic` the secret is `user:password`",
      ),
      "vendor (person)": field('"crm"', "the one of `vendors` at which the person has an account"),
      "name (header, query)": field(
        '"X-Api-Key"',
        "name of the header or of the query parameter (required for `query`)",
      ),
      "prefix (header, hmac)": field('"Token "', "text in front of the value"),
      "header (hmac)": field('"X-Signature"', "header for the signature"),
      "message (hmac)": field(
        '"{timestamp}.{method}.{target}.{body}"',
        "what is signed with HMAC-SHA-256; with `{body}` the gateway reads the body whole",
      ),
      "timestamp_header (hmac)": field('"X-Timestamp"', "header for the timestamp"),
      "encoding (hmac)": field('"hex"', "of the signature"),
      "token_url (oauth, exchange)": field('"https://vendor.example/token"', "the vendor's token endpoint"),
      "client_id (oauth, exchange, azure)": field('"acme"', "the gateway's client there"),
      "scope (oauth, exchange, google, azure)": field('["crm"]', "the requested scopes"),
      "auth (oauth, exchange)": field(
        '"basic"',
        "how the client authenticates; for `private_key_jwt` the secret is JSON of a private key with `alg` and `kid`",
      ),
      "audience (oauth, exchange, aws, google)": field(
        '"https://vendor.example"',
        "`aud` of what the gateway signs: the vendor's issuer (default `token_url`), or the one that the cloud's provider accepts",
      ),
      "grant (exchange)": field('"token-exchange"', "RFC 8693, or RFC 7523, section 2.1"),
      "subjects (exchange)": field(
        '"https://idp.acme.example"',
        "the issuer whose `sub` the vendor knows people by; subjects of others are refused",
      ),
      "resource (exchange)": field('"https://api.vendor.example"', "where the token is used (RFC 8707)"),
      "role_arn (aws)": field('"arn:aws:iam::123456789012:role/hopgate"', "the role that the gateway assumes"),
      "region (aws)": field('"eu-west-1"', "of the service"),
      "service (aws)": field('"execute-api"', "as signatures name it"),
      "sts_url (aws, google)": field(
        '"https://sts.eu-west-1.amazonaws.com/"',
        "the cloud's token service, if it is not the default one",
      ),
      "service_account (google)": field(
        '"robot@project.iam.gserviceaccount.com"',
        "the service account that the gateway acts as",
      ),
      "iam_url (google)": field(
        '"https://iamcredentials.googleapis.com"',
        "the address that issues that account's tokens",
      ),
      "tenant (azure)": field('"11111111-2222-3333-4444-555555555555"', "the directory"),
      "login_url (azure)": field('"https://login.microsoftonline.com"', "another address, such as a national cloud's"),
    }),
    filters: table("parts of the answer that are removed unless the narrowed token has a scope"),
    "filters[].scope": field('"crm:contact"', "the scope"),
    "filters[].headers": field('["x-phone"]', "headers of the answer"),
    "filters[].fields": field('["email", "contacts.*.phone"]', "members of a JSON body"),
    limit: table("a [rate](../vendors.md#rates)"),
    "limit.requests": field("60", "number of requests"),
    "limit.seconds": field("60", "within this time"),
    "limit.per": field('"caller"', "which requests are counted together"),
    forward_headers: field(
      '["x-request-id"]',
      "headers that pass to the upstream in addition to [those that always do](../requests.md#headers)",
    ),
    websocket: field(
      "true",
      "GET may open a [WebSocket](../requests.md#websockets); not with `credential`, `filters`, `tools` or `envelope`",
    ),
    websocket_message: field("65536", "largest message of a WebSocket; a larger one ends it (1009)"),
    websocket_rate: field(
      "262144",
      "bytes per second to either side of a WebSocket, with a burst of four seconds' worth; more ends it (1013)",
    ),
    websocket_bytes: field("16777216", "most bytes to either side over the life of a WebSocket; more ends it (1013)"),
  }),
};
