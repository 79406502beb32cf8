/**
 * The Worker's secrets, read once when it starts. An invalid secret prevents the start, like a broken configuration; a
 * missing one is reported by /readyz. Errors name the secret and the field, never a value.
 */
import type { JSONWebKeySet } from "jose";
import * as v from "valibot";
import { type Config, type Credential, FEDERATION_KEYS, isPublic, NOT_PUBLIC, nextOf, VAULT_KEYS } from "../config.ts";
import { CipherKeys } from "./cipher.ts";
import { ClientKey } from "./client-key.ts";
import { FederationKeys } from "./federation.ts";
import { PrivateKeys } from "./signing.ts";

/** Reads a secret by its name; undefined if it is not bound. */
export type SecretText = (name: string) => string | undefined;

export interface Secrets {
  readonly signingKeys: PrivateKeys | undefined;
  /** Keys that may sign releases of policies. */
  readonly publishers: JSONWebKeySet | undefined;
  /** Keys that encrypt people's accounts at vendors. */
  readonly vaultKeys: CipherKeys | undefined;
  /** Keys of the gateway as an issuer for clouds. */
  readonly federationKeys: FederationKeys | undefined;
  /** Headers for the telemetry collector. */
  readonly otlpHeaders: Readonly<Record<string, string>>;
}

/** A secret is set and cannot be used. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

const PublicJwk = v.pipe(
  v.looseObject({
    kty: v.literal("OKP"),
    crv: v.literal("Ed25519"),
    x: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be 32 bytes in base64url")),
    kid: v.pipe(v.string(), v.minLength(1)),
  }),
  v.check((jwk) => isPublic(jwk), NOT_PUBLIC),
);
const Publishers = v.object({ keys: v.pipe(v.array(PublicJwk), v.minLength(1)) });

const OtlpHeaders = v.pipe(
  v.unknown(),
  v.check((headers) => typeof headers === "object" && !Array.isArray(headers), "must be a JSON object"),
  v.record(
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "must be the name of a header")),
    v.pipe(v.string(), v.regex(/^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/, "must be the value of a header")),
  ),
);

/** What `Authorization: Bearer` can hold (RFC 6750, section 2.1). */
const bearer = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._~+/-]+=*$/, "must be a token of RFC 6750, section 2.1"));

/** A shell often adds a final newline, which no peer would accept. */
const plain = v.pipe(v.string(), v.regex(/^\S(.*\S)?$/s, "must not begin or end with white space"));

/** @throws SecretError */
export function readSecrets(
  textOf: SecretText,
  { routes, vendors, authorizer, secrets }: Pick<Config, "routes" | "vendors" | "authorizer" | "secrets">,
): Secrets {
  const readWithNext = (name: string, schema: Schema): void => {
    read(name, schema, textOf);
    const next = nextOf(name, secrets);
    if (next !== undefined) read(next, schema, textOf);
  };
  read("ADMIN_TOKEN", bearer, textOf);
  read("CONSOLE_CLIENT_SECRET", plain, textOf);
  for (const { credential } of routes)
    if (credential && "secret" in credential && credential.secret !== undefined)
      readWithNext(credential.secret, schemaOf(credential));
  for (const { secret } of Object.values(vendors)) if (secret !== undefined) readWithNext(secret, plain);
  for (const { secret } of authorizer.proxies) if (secret !== undefined) read(secret, shared, textOf);
  return {
    signingKeys: readJson("GATEWAY_KEYS", PrivateKeys, textOf),
    publishers: readJson("POLICY_KEYS", Publishers, textOf),
    vaultKeys: readJson(VAULT_KEYS, CipherKeys, textOf),
    federationKeys: readJson(FEDERATION_KEYS, FederationKeys, textOf),
    otlpHeaders: readJson("OTLP_HEADERS", OtlpHeaders, textOf) ?? {},
  };
}

/** Of a proxy that asks: too long to guess, and valid in a header and as `Bearer`. */
const shared = v.pipe(bearer, v.regex(/^.{32,256}$/, "must have 32 to 256 characters"));

function schemaOf(credential: Credential) {
  const { kind } = credential;
  if ("auth" in credential && credential.auth === "private_key_jwt") return jsonOf(ClientKey);
  if (kind === "basic") return v.pipe(plain, v.includes(":", "must be user:password"));
  const inHeader = v.pipe(plain, v.regex(/^[\t\x20-\x7e]*$/, "must be printable ASCII: it goes into a header"));
  return kind === "header" ? inHeader : plain;
}

type Schema = v.GenericSchema<unknown, unknown>;

function readJson<S extends Schema>(name: string, schema: S, textOf: SecretText): v.InferOutput<S> | undefined {
  return read(name, jsonOf(schema), textOf);
}

function jsonOf<S extends Schema>(schema: S) {
  return v.pipe(v.string(), v.parseJson(undefined, "must be JSON"), schema);
}

/** Undefined if it is not set. */
function read<S extends Schema>(name: string, schema: S, textOf: SecretText): v.InferOutput<S> | undefined {
  const text = textOf(name);
  if (text === undefined || text === "") return undefined;
  const result = v.safeParse(schema, text);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new SecretError(`secret ${name}${path === null ? "" : `, ${path}`}: ${problemOf(issue)}`);
}

/** Messages of the schemas above; valibot's own messages would quote the value. */
function problemOf({ type, message }: v.BaseIssue<unknown>): string {
  return ["regex", "check", "includes", "parse_json"].includes(type) ? message : "is missing or malformed";
}
