/** `[routes.credential]`, `filters`, `limit`: routes to vendors that understand a static secret or a coarse role. */
import * as v from "valibot";
import { address, scopeToken, seconds } from "./fields.ts";

/** Name of a secret of the Worker. */
const secret = v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be the name of a secret, such as CRM_KEY"));
const header = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "must be the name of a header"),
  v.toLowerCase(),
  v.check((name) => !/^(host|connection|content-length|transfer-encoding|hop-.*)$/.test(name), "cannot be set"),
);

/** How the vendor knows the gateway. The secret itself is none of the configuration's business. */
export const Credential = v.variant("kind", [
  v.strictObject({
    kind: v.literal("header"),
    secret,
    name: v.optional(header, "authorization"),
    /** Put in front, such as `"Token "`. */
    prefix: v.optional(v.string(), ""),
  }),
  v.strictObject({ kind: v.literal("query"), secret, name: v.pipe(v.string(), v.minLength(1)) }),
  /** The secret is `user:password` (RFC 7617). */
  v.strictObject({ kind: v.literal("basic"), secret }),
  v.strictObject({
    kind: v.literal("hmac"),
    secret,
    header,
    /** What is signed with HMAC-SHA-256; `{body}` makes the gateway read the body whole. */
    message: v.optional(v.string(), "{timestamp}.{method}.{target}.{body}"),
    timestamp_header: v.optional(header),
    encoding: v.optional(v.picklist(["hex", "base64"]), "hex"),
    prefix: v.optional(v.string(), ""),
  }),
  /** OAuth client credentials (RFC 6749, section 4.4); the token is kept until shortly before it expires. */
  v.strictObject({
    kind: v.literal("oauth"),
    secret,
    token_url: address,
    client_id: v.pipe(v.string(), v.minLength(1)),
    scope: v.optional(v.array(scopeToken), []),
    auth: v.optional(v.picklist(["basic", "post"]), "basic"),
  }),
]);
export type Credential = v.InferOutput<typeof Credential>;

/** What of an answer only those see whose narrowed token has a scope. */
export const Filter = v.strictObject({
  scope: scopeToken,
  headers: v.optional(v.array(header), []),
  /** Members of a JSON body: `email`, `owner.phone`, `contacts.*.phone`. */
  fields: v.optional(
    v.array(v.pipe(v.string(), v.regex(/^[^.]+(\.[^.]+)*$/, "must be a path such as contacts.*.phone"))),
    [],
  ),
});
export type Filter = v.InferOutput<typeof Filter>;

export const Limit = v.strictObject({
  requests: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
  seconds: seconds(1, 86_400),
  /** Whose requests are counted together. */
  per: v.optional(v.picklist(["caller", "subject", "task"]), "caller"),
});
export type Limit = v.InferOutput<typeof Limit>;
