/**
 * The gateway's configuration: its names, the issuers it trusts, the APIs behind it. One TOML file, checked as a whole
 * when the Worker starts; docs/configuration.md describes every field.
 */
import { parse as parseToml, TomlError } from "smol-toml";
import * as v from "valibot";
import { Authorizer } from "./config/authorizer.ts";
import { Console } from "./config/console.ts";
import { address, bytes, identifier, isProtected, name, origin, seconds, secretName, unique } from "./config/fields.ts";
import { hasOneType, Issuer, KEY_LIFE, Key } from "./config/issuer.ts";
import { LedgerFields } from "./config/ledger.ts";
import { messageOf } from "./config/messages.ts";
import { Names } from "./config/names.ts";
import { passkeysProblem } from "./config/passkeys.ts";
import { Receiver } from "./config/receivers.ts";
import { routesOf } from "./config/resource.ts";
import { Route } from "./config/route.ts";
import { SecretTerms, secretsProblem } from "./config/secret-terms.ts";
import { SignIn, signInProblem } from "./config/sign-in.ts";
import { Signs } from "./config/signs.ts";
import { Vendor, vendorsProblem } from "./config/vendors.ts";

export type { AskingProxy } from "./config/authorizer.ts";
export type { Credential, Filter, Limit } from "./config/credential.ts";
export type { Comparison, DetailMember, Details } from "./config/details.ts";
export { address, isProtected } from "./config/fields.ts";
export type { Issuer } from "./config/issuer.ts";
export type { Operation } from "./config/operation.ts";
export { FEDERATION_KEYS, OWN_SECRETS, VAULT_KEYS } from "./config/own-secrets.ts";
export { passkeyOrigins } from "./config/passkeys.ts";
export { isPublic, NOT_PUBLIC, PRIVATE_MEMBERS } from "./config/public-key.ts";
export { CAEP, EVENT_TYPES, type EventType, type Receiver as EventReceiver } from "./config/receivers.ts";
export { hasHost, resourceOf, resourcesAt, routesAt, routesOf, staticPath } from "./config/resource.ts";
export { mustSeeAll, PROOFS, type ProofKind, type Route } from "./config/route.ts";
export { namedSecrets, nextOf, nextSecrets, secretInUse, vendorSecrets } from "./config/secrets.ts";
export { SIGN_DEFAULTS, type SignSettings } from "./config/signs.ts";
export type { Argument, Tool } from "./config/tools.ts";
export type { Vendor } from "./config/vendors.ts";

const GatewayFields = v.strictObject({
  /** `iss` of the narrowed tokens, and an audience that a chain's last hop may name. */
  id: identifier,
  /** Where it is reached; a request to another host is refused. Links to people lead to the first. */
  origins: v.optional(v.pipe(v.array(origin), v.minLength(1))),
  /** `aud` of Txn-Tokens. */
  trust_domain: v.optional(v.pipe(v.string(), v.minLength(1)), "local"),
  max_hops: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)), 8),
  max_bytes: v.optional(bytes(1024, 65536), 16384),
  /** "auto" verifies unknown Ed25519 keys with WebCrypto if that is faster: on machines without fused arithmetic. */
  core: v.optional(v.picklist(["wasm", "auto"]), "auto"),
  /** Seconds that `iat` and `nbf` may be in the future. */
  clock_skew: v.optional(seconds(0, 60), 5),
  /** Seconds for which a proof of possession is valid. */
  proof_window: v.optional(seconds(5, 600), 60),
  /** Seconds after which the policy set is refreshed in the background. */
  policy_refresh: v.optional(seconds(1, 3600), 10),
  /** Denials after which a task ends: its own, or those of its caller in all tasks, within so many seconds. */
  max_denials: v.optional(
    v.pipe(
      v.strictObject({
        task: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
        caller: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
        seconds: seconds(10, 86_400),
      }),
      v.check(({ task, caller }) => task !== undefined || caller !== undefined, "needs task, caller or both"),
    ),
  ),
  /** Seconds after which an open WebSocket's chain is checked for revocation again. */
  revocation_bound: v.optional(seconds(1, 300), 5),
  /** Most requests that an isolate works on at a time; others are answered 503. */
  max_in_flight: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)), 500),
  /** Seconds in which a body that the gateway reads itself must have arrived. */
  body_timeout: v.optional(seconds(1, 600), 15),
  /** Longest pause within a caller's body, in seconds, whichever part of the gateway reads it. */
  body_idle_timeout: v.optional(seconds(1, 600), 5),
  /** Seconds for which an approval can be given and used; never longer than the chain lives. */
  approval_ttl: v.optional(seconds(10, 86400), 900),
});

const Gateway = v.pipe(
  GatewayFields,
  v.check(
    ({ id, origins }) => origins !== undefined || (URL.canParse(id) && isProtected(new URL(id))),
    "needs origins, because its id is no https address",
  ),
  v.check(({ origins }) => !origins?.[0]?.includes("*"), "begins its origins with a pattern: links need one address"),
  v.transform(({ origins, ...gateway }) => ({
    ...gateway,
    origins: (origins ?? [new URL(gateway.id).origin]) as [string, ...string[]],
  })),
);

const Oauth = v.strictObject({
  /** Longest life of an issued token, in seconds. */
  ttl: v.optional(seconds(1, 86400), 300),
  /** DPoP proofs for the token endpoint must carry a nonce of the server (RFC 9449, section 8). */
  dpop_nonce: v.optional(v.boolean(), true),
  /** Issued tokens have a place in the status list. */
  status_list: v.optional(v.boolean(), true),
  /** Seconds for which an isolate caches a client from KV. */
  client_refresh: v.optional(seconds(1, 300), 5),
  /** Further audiences that tokens may be for, in addition to the gateway and its routes, such as other agents. */
  audiences: v.optional(v.array(identifier), []),
  sign_in: v.optional(SignIn),
});

/** Where notices of break-glass and approvals go: CloudEvents by POST, signed by the gateway's key. */
const Notify = v.strictObject({ url: address });

/** Who may send security events (RFC 8417, OpenID Shared Signals). */
const Transmitter = v.pipe(
  v.strictObject({
    issuer: v.pipe(v.string(), v.minLength(1)),
    jwks_uri: v.optional(address),
    keys: v.optional(v.pipe(v.array(Key), v.minLength(1))),
    /** Issuers whose subjects its events may name; default: itself. */
    subjects: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
    ...KEY_LIFE,
  }),
  v.check(({ keys, jwks_uri }) => (keys === undefined) !== (jwks_uri === undefined), "needs one of keys and jwks_uri"),
);

const Telemetry = v.strictObject({
  /** Base address of an OTLP/HTTP collector: `/v1/traces` and `/v1/metrics` are appended. OTLP_HEADERS holds its headers. */
  otlp: address,
});

const Log = v.strictObject({
  /** Which requests are logged: those that failed (500 or above), also those that were refused, or all. */
  requests: v.optional(v.picklist(["failed", "refused", "all"]), "failed"),
});

/** The whole file; docs/reference/configuration.md is printed from it. */
export const Config = v.strictObject({
  gateway: Gateway,
  oauth: v.optional(Oauth, {}),
  names: v.optional(Names, {}),
  authorizer: v.optional(Authorizer, {}),
  ledger: v.optional(LedgerFields, {}),
  notify: v.optional(Notify),
  console: v.optional(Console, {}),
  telemetry: v.optional(Telemetry),
  log: v.optional(Log, {}),
  signs: v.optional(Signs),
  transmitters: v.optional(v.array(Transmitter), []),
  receivers: v.optional(
    v.pipe(
      v.array(Receiver),
      v.check(
        unique((receiver) => receiver.id),
        "uses a receiver id twice",
      ),
      v.check(
        unique((receiver) => receiver.secret),
        "gives two receivers one secret",
      ),
    ),
    [],
  ),
  vendors: v.optional(v.record(name, Vendor), {}),
  secrets: v.optional(v.record(secretName, SecretTerms), {}),
  issuers: v.pipe(
    v.array(Issuer),
    v.minLength(1, "needs at least one"),
    v.check(
      unique((issuer) => issuer.issuer),
      "names an issuer twice",
    ),
    v.check((issuers) => hasOneType(issuers), "gives a claim of policy_claims another type than another issuer"),
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
    // Its own tokens are verified by its own keys; a second set of keys under its name would be a way around them.
    if (own >= 0) throw new ConfigError(`configuration: issuers[${own}].issuer: is the gateway itself`);
    // A token of the authorization server must never be valid at an upstream.
    const { audiences } = result.output.oauth;
    const upstreams = routes.map(({ audience }) => audience);
    const clash = audiences.findIndex((audience) => upstreams.includes(audience));
    if (clash >= 0) throw new ConfigError(`configuration: oauth.audiences[${clash}]: is the audience of an upstream`);
    const taken = upstreams.findIndex(
      (audience) => audience === gateway.id || routesOf(audience, result.output).length > 0,
    );
    if (taken >= 0)
      throw new ConfigError(`configuration: routes[${taken}].audience: is what callers ask the gateway for`);
    const elsewhere =
      result.output.authorizer.proxies.length === 0 ? routes.findIndex((route) => route.authorize_only) : -1;
    if (elsewhere >= 0)
      throw new ConfigError(`configuration: routes[${elsewhere}].authorize_only: needs one of authorizer.proxies`);
    const door = signInProblem(result.output);
    if (door !== undefined) throw new ConfigError(`configuration: oauth.sign_in: ${door}`);
    const unusable = passkeysProblem(result.output);
    if (unusable !== undefined) throw new ConfigError(`configuration: console.passkeys: ${unusable}`);
    const vendors = vendorsProblem(result.output);
    if (vendors !== undefined) throw new ConfigError(`configuration: ${vendors}`);
    const secrets = secretsProblem(result.output);
    if (secrets !== undefined) throw new ConfigError(`configuration: ${secrets}`);
    const silent = result.output.notify === undefined ? routes.findIndex((route) => route.break_glass) : -1;
    if (silent >= 0) throw new ConfigError(`configuration: routes[${silent}].break_glass: needs notify.url`);
    return result.output;
  }
  const lines = result.issues.map(messageOf);
  throw new ConfigError(`configuration: ${lines.join("; ")}`);
}
