/** `[routes.credential]`, `filters`, `limit`: routes to vendors that do not understand chains. */
import * as v from "valibot";
import { address, identifier, name, scopeToken, seconds, sharedSecretName } from "./fields.ts";

const header = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "must be the name of a header"),
  v.toLowerCase(),
  v.check((name) => !/^(host|connection|content-length|transfer-encoding|hop-.*)$/.test(name), "cannot be set"),
);

/** Name of a region or a service: it becomes part of a host and of what is signed. */
const cloudName = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/, "must be a name such as eu-west-1"));
const clientId = v.pipe(v.string(), v.minLength(1));
/** How a client proves itself at a token endpoint; for `private_key_jwt` the secret is JSON of its private key (RFC 7523). */
const auth = v.optional(v.picklist(["basic", "post", "private_key_jwt"]), "basic");
const scopes = v.optional(v.array(scopeToken), []);

/** How the gateway, or the person, authenticates at the vendor. The secret itself is not in the configuration. */
export const Credential = v.variant("kind", [
  v.strictObject({
    kind: v.literal("header"),
    secret: sharedSecretName,
    name: v.optional(header, "authorization"),
    /** Put in front, such as `"Token "`. */
    prefix: v.optional(v.string(), ""),
  }),
  v.strictObject({ kind: v.literal("query"), secret: sharedSecretName, name: v.pipe(v.string(), v.minLength(1)) }),
  /** The secret is `user:password` (RFC 7617). */
  v.strictObject({ kind: v.literal("basic"), secret: sharedSecretName }),
  v.strictObject({
    kind: v.literal("hmac"),
    secret: sharedSecretName,
    header,
    /** Template of what is signed with HMAC-SHA-256; with `{body}` the gateway reads the whole body. */
    message: v.optional(v.string(), "{timestamp}.{method}.{target}.{body}"),
    timestamp_header: v.optional(header),
    encoding: v.optional(v.picklist(["hex", "base64"]), "hex"),
    prefix: v.optional(v.string(), ""),
  }),
  /** OAuth client credentials (RFC 6749, section 4.4); the token is kept until shortly before it expires. */
  v.strictObject({
    kind: v.literal("oauth"),
    secret: sharedSecretName,
    token_url: address,
    client_id: clientId,
    scope: scopes,
    auth,
    /** The server's identifier: `aud` of an assertion. Default: `token_url`. */
    audience: v.optional(identifier),
  }),
  /** A token for the subject of the chain, requested by the gateway (RFC 8693, or RFC 7523, section 2.1). */
  v.strictObject({
    kind: v.literal("exchange"),
    grant: v.picklist(["token-exchange", "jwt-bearer"]),
    /** The issuer whose `sub` the vendor knows people by. */
    subjects: v.pipe(v.string(), v.minLength(1)),
    token_url: address,
    client_id: clientId,
    /** Absent, the client is public. */
    secret: v.optional(sharedSecretName),
    auth,
    audience: v.optional(identifier),
    /** RFC 8707. */
    resource: v.optional(identifier),
    scope: scopes,
  }),
  /** The gateway as a workload at a cloud, with tokens of its own issuer (FEDERATION_KEYS). */
  v.strictObject({
    kind: v.literal("aws"),
    role_arn: v.pipe(
      v.string(),
      v.regex(/^arn:[a-z-]{1,32}:iam::\d{12}:role\/\S{1,512}$/, "must be the ARN of a role"),
    ),
    region: cloudName,
    service: cloudName,
    /** The `aud` that the role's provider accepts. */
    audience: v.optional(v.pipe(v.string(), v.minLength(1)), "sts.amazonaws.com"),
    sts_url: v.optional(address),
  }),
  v.strictObject({
    kind: v.literal("google"),
    /** `//iam.googleapis.com/projects/.../providers/...` */
    audience: v.pipe(v.string(), v.minLength(1)),
    scope: v.optional(v.array(scopeToken), ["https://www.googleapis.com/auth/cloud-platform"]),
    service_account: v.optional(v.pipe(v.string(), v.minLength(1))),
    sts_url: v.optional(address, "https://sts.googleapis.com/v1/token"),
    iam_url: v.optional(address, "https://iamcredentials.googleapis.com"),
  }),
  v.strictObject({
    kind: v.literal("azure"),
    tenant: v.pipe(v.string(), v.minLength(1)),
    client_id: clientId,
    scope: v.pipe(v.array(scopeToken), v.minLength(1)),
    login_url: v.optional(address, "https://login.microsoftonline.com"),
  }),
  /** The subject's own account at one of `[vendors]`. */
  v.strictObject({ kind: v.literal("person"), vendor: name }),
]);
export type Credential = v.InferOutput<typeof Credential>;

/** Parts of an answer that are removed unless the narrowed token has a scope. */
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
  /** Which requests are counted together. */
  per: v.optional(v.picklist(["caller", "subject", "task"]), "caller"),
});
export type Limit = v.InferOutput<typeof Limit>;
