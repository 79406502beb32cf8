/** People: notices to them, and the console. */
import { type FieldTexts, field, table, within } from "./field-text.ts";

export const PEOPLE_TEXTS: FieldTexts = {
  notify: table("Where notices about break-glass and waiting approvals go."),
  "notify.url": field(
    '"https://ops.example.com/hopgate"',
    "gets signed CloudEvents by POST ([notices](../console.md#break-glass)). Required if a route has `break_glass`",
  ),
  console: table("The [console](../console.md). Without this section it is closed."),
  ...within("console.", {
    local: field(
      "true",
      "one-time sign-in: anyone with ADMIN_TOKEN can sign in as anyone (`hopgate console sign-in`). Not for production",
    ),
    local_issuer: field(
      '"https://idp.acme.example"',
      "issuer of the names in one-time tokens, needed to compare approvers with subjects ([four eyes](../console.md#four-eyes)). Default: the gateway",
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
    "oidc.scope": field('"openid profile groups"', "the scopes of the sign-in"),
    review_days: field(
      "90",
      "days after which the owner of a registered workload must confirm it, or it ends ([reviews](../workloads.md#reviews)); absent: never",
    ),
    passkeys: table("Approval [by passkey](../console.md#by-passkey)."),
    "passkeys.rp_id": field(
      '"gateway.example.com"',
      "the relying party: the host of one of the origins, or a domain above it; changing it invalidates every passkey",
    ),
    "passkeys.register_within": field("300", "how long after signing in a passkey can be added"),
    auditors: field('["security"]', "groups that see everything"),
    operators: field('["platform"]', "groups that also revoke and end tasks"),
    session: field("28800", "how long a session lasts"),
  }),
};
