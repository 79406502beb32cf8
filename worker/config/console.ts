/** `[console]`: what each group may see and do in the console, and how people sign in (docs/console.md). */
import * as v from "valibot";
import { address, seconds } from "./fields.ts";
import { Passkeys } from "./passkeys.ts";

const group = v.pipe(v.string(), v.minLength(1), v.maxLength(256));

export const Console = v.strictObject({
  /** One-time tokens of `hopgate console sign-in`, which the holder of the admin token makes. */
  local: v.optional(v.boolean(), false),
  /** Issuer of the names in one-time tokens, needed to compare approvers with subjects. Default: the gateway itself. */
  local_issuer: v.optional(v.string()),
  /** Issuers whose people never sign in here, so that nobody who signs in is one of their subjects. */
  separate_issuers: v.optional(v.array(v.string()), []),
  /** Sign-in by OpenID Connect; CONSOLE_CLIENT_SECRET is its secret. */
  oidc: v.optional(
    v.strictObject({
      issuer: address,
      client_id: v.pipe(v.string(), v.minLength(1)),
      /** Claim of the ID token that lists the person's groups. */
      groups_claim: v.optional(v.string(), "groups"),
      scope: v.optional(v.string(), "openid profile email"),
    }),
  ),
  passkeys: v.optional(Passkeys),
  /** Days after which the owner of a registered workload must confirm it; absent: never. */
  review_days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(730))),
  /** Groups that see everything. */
  auditors: v.optional(v.array(group), []),
  /** Groups that also revoke and end tasks. */
  operators: v.optional(v.array(group), []),
  /** Seconds that a session lasts. */
  session: v.optional(seconds(60, 86400), 8 * 3600),
});
