/**
 * The gateway's configuration: what it is called, whom it trusts, what stands behind it. One TOML file, checked as a
 * whole when the Worker starts; docs/configuration.md describes every field.
 */
import { parse as parseToml, TomlError } from "smol-toml";
import * as v from "valibot";
import { ROOT_TYPES } from "../wasm/trust.ts";

const seconds = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be a short name"));
const identifier = v.pipe(v.string(), v.url("must be a URI"), v.maxLength(1024));
const scopeToken = v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "must be a scope token (RFC 6749, 3.3)"));
const unique =
  <T>(of: (item: T) => string) =>
  (items: T[]) =>
    new Set(items.map(of)).size === items.length;

/** Addresses that the gateway fetches: https, or http where nothing leaves the machine. */
const address = v.pipe(
  v.string(),
  v.check((url) => URL.canParse(url), "must be a URL"),
  v.check((url) => !URL.canParse(url) || isProtected(new URL(url)), "must be https (http only on the loopback)"),
);

export function isProtected({ protocol, hostname }: URL): boolean {
  const loopback = hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
  return protocol === "https:" || (protocol === "http:" && loopback);
}

const Key = v.pipe(
  v.looseObject({ kty: v.picklist(["OKP", "EC", "RSA"], "must be OKP, EC or RSA"), kid: v.optional(v.string()) }),
  v.check((jwk) => !("d" in jwk) && !("k" in jwk), "is a private key; only public keys belong here"),
);

const Issuer = v.pipe(
  v.strictObject({
    issuer: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
    types: v.optional(v.pipe(v.array(v.picklist(ROOT_TYPES)), v.minLength(1)), ["at+jwt"]),
    /** Scope of this issuer's tokens that carry none. */
    scope: v.optional(v.array(scopeToken), []),
    jwks_uri: v.optional(address),
    keys: v.optional(v.pipe(v.array(Key), v.minLength(1))),
    /** Its keys are where its OpenID Connect discovery document says. */
    discovery: v.optional(v.boolean(), false),
    /** Bundle endpoint of a SPIFFE trust domain. */
    spiffe_bundle: v.optional(address),
    /** Subjects must be SPIFFE IDs of this trust domain. */
    trust_domain: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9._-]{1,255}$/, "must be a SPIFFE trust domain"))),
    /** Claims that its tokens must have, each with the values that will do; a `*` at the end stands for any rest. */
    require: v.optional(v.record(v.string(), v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))])), {}),
    /** Its authorization grants are accepted (RFC 7523; draft-ietf-oauth-identity-chaining). */
    grants: v.optional(v.boolean(), false),
    /** What its scopes are called here; those that are not listed do not cross. Of grants only. */
    scopes: v.optional(v.record(v.string(), scopeToken), {}),
    /** Which claims say who the subject is, who acts, and to what purpose, where those are not the usual ones. */
    claims: v.optional(
      v.strictObject({
        subject: v.optional(v.string()),
        actor: v.optional(v.string()),
        purpose: v.optional(v.string()),
      }),
      {},
    ),
    /** Seconds after which a fetched key set is fetched again in the background. */
    refresh: v.optional(seconds(10, 86400), 300),
  }),
  v.check(
    ({ keys, jwks_uri, discovery, spiffe_bundle }) =>
      [keys, jwks_uri, discovery || undefined, spiffe_bundle].filter((source) => source !== undefined).length === 1,
    "needs one of keys, jwks_uri, discovery and spiffe_bundle",
  ),
  v.check(
    ({ discovery, issuer }) => !discovery || (URL.canParse(issuer) && isProtected(new URL(issuer))),
    "must be an https address to be discovered",
  ),
);

const Method = v.strictObject({
  /** Cedar action id. */
  action: v.pipe(v.string(), v.minLength(1)),
  /** Scopes the chain must have; the narrowed token gets no others. */
  scopes: v.optional(v.array(scopeToken), []),
});

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export const PROOFS = ["dpop", "mtls", "wimse", "bearer"] as const;
export type ProofKind = (typeof PROOFS)[number];

/** The gateway's own paths: a route over one of them would never be reached. */
const RESERVED = ["/.well-known", "/oauth", "/events", "/admin", "/console", "/healthz", "/readyz", "/metrics"];

const Route = v.strictObject({
  id: name,
  api: name,
  host: v.optional(
    v.pipe(v.string(), v.regex(/^(\*|(\*\.)?[a-z0-9.-]+(:\d+)?)$/, "must be *, a host or *.domain")),
    "*",
  ),
  path: v.pipe(
    v.string(),
    v.regex(/^(\/[A-Za-z0-9._~:-]+)*(\/\*|\/)?$/, "must be a path such as /orders/:id or /orders/*"),
    v.check((path) => !RESERVED.some((own) => path === own || path.startsWith(`${own}/`)), "is the gateway's own"),
  ),
  methods: v.pipe(
    v.record(v.picklist(METHODS, "must be an HTTP method in capitals"), Method),
    v.check((methods) => Object.keys(methods).length > 0, "needs at least one method"),
  ),
  upstream: address,
  /** The one `aud` of the narrowed token. */
  audience: identifier,
  sensitivity: v.picklist(["low", "medium", "high"]),
  /** Longest life of a narrowed token, in seconds. */
  ttl: v.optional(seconds(1, 3600), 60),
  proof: v.optional(v.pipe(v.array(v.picklist(PROOFS)), v.minLength(1)), ["dpop"]),
  revocation: v.optional(v.picklist(["strict", "eventual"]), "strict"),
  /** Seconds until the upstream must have answered with its headers. */
  timeout: v.optional(seconds(1, 600), 30),
  /** Also send a Txn-Token for the gateway's trust domain. */
  txn_token: v.optional(v.boolean(), false),
  /** Sign the provenance headers (RFC 9421). */
  sign: v.optional(v.boolean(), false),
  /** Requests may name an emergency (`Hop-Break-Glass`); the policies say what it lets pass. */
  break_glass: v.optional(v.boolean(), false),
});

const Gateway = v.strictObject({
  /** `iss` of the narrowed tokens, and an audience that a chain's last hop may name. */
  id: identifier,
  /** `aud` of Txn-Tokens. */
  trust_domain: v.optional(v.pipe(v.string(), v.minLength(1)), "local"),
  max_hops: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)), 8),
  max_bytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(65536)), 16384),
  /** "auto" leaves unknown Ed25519 keys to WebCrypto where that is faster: on machines without fused arithmetic. */
  core: v.optional(v.picklist(["wasm", "auto"]), "auto"),
  /** Seconds that `iat` and `nbf` may lie ahead. */
  clock_skew: v.optional(seconds(0, 60), 5),
  /** Seconds that a proof of possession stays good. */
  proof_window: v.optional(seconds(5, 600), 60),
  /** Seconds after which the policy set is refreshed in the background. */
  policy_refresh: v.optional(seconds(1, 3600), 10),
  /** Seconds that a route with `revocation = "eventual"` may be behind a revocation, and never is more. */
  revocation_bound: v.optional(seconds(1, 300), 5),
  /** Seconds for which an approval can be given and used; never longer than the chain lives. */
  approval_ttl: v.optional(seconds(10, 86400), 900),
});

const Oauth = v.strictObject({
  /** Longest life of an issued token, in seconds. */
  ttl: v.optional(seconds(1, 86400), 300),
  /** DPoP proofs for the token endpoint must carry a nonce of the server (RFC 9449, section 8). */
  dpop_nonce: v.optional(v.boolean(), true),
  /** Issued tokens have a place in the status list. */
  status_list: v.optional(v.boolean(), true),
  /** Seconds for which an isolate keeps a client as it was read from KV. */
  client_refresh: v.optional(seconds(1, 300), 5),
  /** Audiences beside the gateway and its routes that tokens may be for, such as other agents. */
  audiences: v.optional(v.array(identifier), []),
});

/** Where people are told about break-glass and approvals: CloudEvents by POST, signed by the gateway's key. */
const Notify = v.strictObject({ url: address });

/** Who may send security events (RFC 8417, OpenID Shared Signals). */
const Transmitter = v.pipe(
  v.strictObject({
    issuer: v.pipe(v.string(), v.minLength(1)),
    jwks_uri: v.optional(address),
    keys: v.optional(v.pipe(v.array(Key), v.minLength(1))),
    /** Issuers whose subjects it may speak of; default: itself. */
    subjects: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
  }),
  v.check(({ keys, jwks_uri }) => (keys === undefined) !== (jwks_uri === undefined), "needs one of keys and jwks_uri"),
);

const group = v.pipe(v.string(), v.minLength(1), v.maxLength(256));

const Console = v.strictObject({
  /** One-time tokens of `hopgate console sign-in`, which the holder of the admin token makes. */
  local: v.optional(v.boolean(), false),
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
  /** Groups that see everything. */
  auditors: v.optional(v.array(group), []),
  /** Groups that also revoke and end tasks. */
  operators: v.optional(v.array(group), []),
  /** Seconds that a session lasts. */
  session: v.optional(seconds(60, 86400), 8 * 3600),
});

const Telemetry = v.strictObject({
  /** Base address of an OTLP/HTTP collector: `/v1/traces` and `/v1/metrics` are appended. OTLP_HEADERS holds its headers. */
  otlp: address,
});

const Config = v.strictObject({
  gateway: Gateway,
  oauth: v.optional(Oauth, {}),
  notify: v.optional(Notify),
  console: v.optional(Console, {}),
  telemetry: v.optional(Telemetry),
  transmitters: v.optional(v.array(Transmitter), []),
  issuers: v.pipe(
    v.array(Issuer),
    v.minLength(1, "needs at least one"),
    v.check(
      unique((issuer) => issuer.issuer),
      "names an issuer twice",
    ),
  ),
  routes: v.pipe(
    v.array(Route),
    v.minLength(1, "needs at least one"),
    v.check(
      unique((route) => route.id),
      "uses a route id twice",
    ),
  ),
});

export type Config = v.InferOutput<typeof Config>;
export type Issuer = v.InferOutput<typeof Issuer>;
export type Route = v.InferOutput<typeof Route>;
export type Transmitter = v.InferOutput<typeof Transmitter>;

/** The configuration cannot be used. The message names each field and what is wrong with it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads a configuration file.
 *
 * @throws ConfigError which names every field that is wrong, such as `routes[0].upstream: must be a URL`
 */
export function readConfig(text: string): Config {
  let document: unknown;
  try {
    document = parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new ConfigError(`configuration: line ${error.line}, column ${error.column}: not valid TOML`);
  }
  const result = v.safeParse(Config, document);
  if (result.success) {
    const { gateway, issuers, routes } = result.output;
    const own = issuers.findIndex(({ issuer }) => issuer === gateway.id);
    // Its own tokens are trusted by its own keys: another set of keys under its name would be a second way in.
    if (own >= 0) throw new ConfigError(`configuration: issuers[${own}].issuer: is the gateway itself`);
    const silent = result.output.notify === undefined ? routes.findIndex((route) => route.break_glass) : -1;
    if (silent >= 0) throw new ConfigError(`configuration: routes[${silent}].break_glass: needs notify.url`);
    return result.output;
  }
  const lines = result.issues.map((issue) => `${pathOf(issue)}: ${issue.message}`);
  throw new ConfigError(`configuration: ${lines.join("; ")}`);
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map((item) => item.key);
  return keys.reduce<string>(
    (path, key) => (typeof key === "number" ? `${path}[${key}]` : path === "" ? String(key) : `${path}.${String(key)}`),
    "",
  );
}
