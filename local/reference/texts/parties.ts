/** Other parties: vendors and issuers. */
import { type FieldTexts, field, KEY_LIFE, table, within } from "./field-text.ts";

export const PARTY_TEXTS: FieldTexts = {
  secrets: table(
    "Secrets of vendors, by name: their age, and [how to replace them](../vendors.md#replacing-a-secret).",
  ),
  ...within("secrets.NAME.", {
    since: field("2026-09-01", "when it was created at the vendor"),
    max_age_days: field("90", "days after which it is due: `/readyz` and the console say so, from 14 days before"),
    next: field('"CRM_KEY_NEXT"', "name of the secret that replaces it: used in its place as soon as it is set"),
  }),
  vendors: table(
    "Vendors at which people have [accounts of their own](../vendors.md#peoples-own-accounts), by name. They need `oauth.sign_in` and the secret VAULT_KEYS.",
  ),
  ...within("vendors.NAME.", {
    issuer: field(
      '"https://login.crm.example"',
      "its identifier: `iss` of its answers (RFC 9207), and the address of its metadata",
    ),
    discovery: field(
      '"oauth"',
      "which metadata it has: `openid` (OpenID Connect Discovery, the default) or `oauth` (RFC 8414)",
    ),
    authorization_endpoint: field(
      '"https://login.crm.example/authorize"',
      "instead of metadata, with `token_endpoint`",
    ),
    token_endpoint: field('"https://login.crm.example/token"', "instead of metadata, with `authorization_endpoint`"),
    revocation_endpoint: field(
      '"https://login.crm.example/revoke"',
      "in addition: where tokens are revoked (RFC 7009)",
    ),
    client_id: field('"hopgate"', "the gateway's client there; its redirect address is `/me/connected/NAME`"),
    secret: field(
      '"CRM_CLIENT_SECRET"',
      "name of the Worker's secret for the client; without one the client is public",
    ),
    auth: field('"basic"', "how the client authenticates"),
    scope: field('["contacts.read", "offline_access"]', "the scopes that people are asked for"),
    parameters: field('{ access_type = "offline" }', "additional parameters of the authorization request"),
    title: field('"Example CRM"', "its name for people. Default: `NAME`"),
  }),
  issuers: table(
    "Issuers that the gateway trusts to begin chains. One of `keys`, `jwks_uri`, `discovery` and `spiffe_bundle` is required. [Samples](../oauth.md#roots), [how keys are refreshed](../configuration.md#issuers).",
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
    discovery: field("true", "its keys are found by OpenID discovery"),
    spiffe_bundle: field(
      '"https://spire.example.com/bundle"',
      "bundle endpoint of a SPIFFE trust domain. Keys with the use `wit-svid` are for `wit+jwt`, those with `jwt-svid` for other types",
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
      "for grants: maps its scopes to scopes here; others are dropped",
    ),
    claims: table(
      "claims that say who the subject is, who acts, and for what purpose, if they are not the standard ones. A token without the claim for subject or actor is refused (`root_refused`)",
    ),
    "claims.subject": field('"email"', "if it is `email`, refused unless `email_verified` is true"),
    "claims.actor": field('"job_workflow_ref"', "instead of `act`, `client_id` and `azp`"),
    "claims.purpose": field('"purpose"', "instead of `tctx.purpose`"),
    ...KEY_LIFE,
  }),
};
