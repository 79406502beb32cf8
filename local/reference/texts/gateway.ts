/** The gateway itself: names and limits, proxies that ask, the ledger, the authorization server, names of actors. */
import { type FieldTexts, field, table, within } from "./field-text.ts";

export const GATEWAY_TEXTS: FieldTexts = {
  gateway: table("Names and limits of the gateway."),
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
      '`"wasm"`: the core verifies every Ed25519 signature. `"auto"`: WebCrypto verifies signatures by unknown keys if that is faster; both accept the same signatures ([Ed25519](../ed25519.md))',
    ),
    clock_skew: field("5", "how far ahead `iat` and `nbf` may be"),
    proof_window: field("60", "how old a proof of possession may be"),
    policy_refresh: field("10", "after this time the gateway looks for newer policies in KV, in the background"),
    revocation_bound: field(
      "5",
      "after this time the chain of an open WebSocket or a streaming answer [is checked again](../requests.md#what-stays-open)",
    ),
    max_denials: table("Denials after which [a task ends](../task.md#ending-a-task)."),
    "max_denials.task": field("20", "number of denials of the task"),
    "max_denials.caller": field("100", "number of denials of its caller, in all tasks"),
    "max_denials.seconds": field("600", "within this time"),
    max_in_flight: field(
      "500",
      "most requests that an isolate works on at a time; others get 503 with `Retry-After: 1`, except `/healthz`",
    ),
    body_timeout: field(
      "15",
      "time for a body that the gateway reads itself: forms, `/admin`, tool calls, messages, signed bodies. After that: 408 `body_incomplete`",
    ),
    body_idle_timeout: field(
      "5",
      "longest pause within a caller's body, also of one that streams to the upstream; then 408 `body_incomplete`",
    ),
    approval_ttl: field("900", "how long an approval can be given and used; never longer than the chain lives"),
  }),
  authorizer: table(
    "Proxies that ask the gateway, and forward requests themselves: [with another proxy](../authorizer.md).",
  ),
  "authorizer.proxies": table("A proxy that the gateway answers."),
  ...within("authorizer.proxies[].", {
    name: field('"edge"', "its name in the ledger"),
    kind: field('"nginx"', "how it asks; `authzen` is OpenID AuthZEN"),
    secret: field(
      '"EDGE_SECRET"',
      "name of a secret of the Worker, 32 to 256 characters, which the proxy sends as `Hop-Authorizer`",
    ),
    certificate: field(
      '"A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"',
      "SHA-256 of its client certificate in base64url (`x5t#S256`), as the edge has verified it",
    ),
    method: field('"x-original-method"', "header with the method of the original request"),
    host: field('"x-original-host"', "header with the host of the original request"),
    uri: field('"x-original-uri"', "header with path and query of the original request"),
    address: field('"x-real-ip"', "header with the address of its client, which policies see as `ip`"),
  }),
  ledger: table("The ledger, which admits and records requests ([scale](../scale.md))."),
  ...within("ledger.", {
    shards: field(
      "1",
      "number of Durable Objects that the tasks are spread over: one on one machine, more on Cloudflare",
    ),
    raised: table("Later numbers of shards, in order of time. Tasks that began before stay where they are."),
    "raised[].from": field(
      "2027-03-01T00:00:00Z",
      "tasks that begin after this time use the new number; deploy it before",
    ),
    "raised[].shards": field("16", "the new number"),
    keep_days: field("90", "days for which a shard keeps entries; the archive keeps them permanently"),
  }),
  oauth: table("The [authorization server](../oauth.md)."),
  ...within("oauth.", {
    ttl: field("300", "longest life of an issued token"),
    dpop_nonce: field("true", "DPoP proofs for the token endpoint must carry the server's nonce (RFC 9449, section 8)"),
    status_list: field("true", "issued tokens have a place in the status list"),
    client_refresh: field("5", "how long an isolate keeps a client's registration"),
    audiences: field(
      '["https://agents.example.com"]',
      "further audiences of tokens, in addition to the gateway and the URLs of its routes: other agents, other gateways. Never the `audience` of a route",
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
    "sign_in.words": field('{ "orders:read" = "Read your orders" }', "descriptions of scopes, for people"),
    "sign_in.client_hosts": field(
      '["agents.partner.example", "*.acme.example"]',
      'hosts whose client metadata documents are accepted as clients; `"*"`: every host with a public name',
    ),
    "sign_in.registrations": field(
      "60",
      "most clients that may register themselves in an hour (RFC 7591), in total; 0: none",
    ),
    "sign_in.registration_lasts": field(
      "2592000",
      "how long such a client is kept after a person has allowed it something; until then, an hour",
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
};
