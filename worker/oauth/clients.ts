/**
 * Registered clients, in KV under `client:<client_id>`: their names, how they authenticate, and everything that they
 * may request. Secrets are stored as SHA-256, which is enough because they are 256 random bits.
 */
import type { JWK } from "jose";
import * as v from "valibot";
import { toBase64url } from "../../wasm/core.ts";
import { type ClientActor, kindOf, ownershipOf, WorkloadName } from "../chain/names/workload.ts";
import { type Config, isPublic, NOT_PUBLIC } from "../config.ts";
import type { KeyValueStore } from "../types.ts";
import { AnyRedirect } from "./redirect-uri.ts";

/** Grants by which people let a client act for them. */
export const PEOPLE_GRANTS = ["authorization_code", "refresh_token"] as const;
export const GRANTS = [
  ...PEOPLE_GRANTS,
  "client_credentials",
  "urn:ietf:params:oauth:grant-type:token-exchange",
  "urn:ietf:params:oauth:grant-type:jwt-bearer",
] as const;

/** Grants that the server offers: those of people only if the configuration has sign-in. */
export function offeredGrants({ oauth }: Config): readonly (typeof GRANTS)[number][] {
  return GRANTS.filter((grant) => oauth.sign_in !== undefined || !PEOPLE_GRANTS.some((each) => each === grant));
}

export const AUTH_METHODS = [
  "private_key_jwt",
  "client_secret_basic",
  "client_secret_post",
  "spiffe_jwt",
  "self_signed_tls_client_auth",
  "none",
] as const;

/**
 * How the gateway knows a client: registered by its operators, by the metadata document at its id, or by its own
 * registration (RFC 7591).
 */
export type ClientKind = "registered" | "document" | "dynamic";

/** A name that is safe in headers and logs (docs/chain.md). */
const text = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(1024),
  v.regex(/^[^\p{Cc}]*$/u, "must not contain control characters"),
);
const uri = v.pipe(
  text,
  v.check((value) => URL.canParse(value), "must be a URI"),
);
const seconds = v.pipe(v.number(), v.integer(), v.minValue(1));

export const PublicKey = v.pipe(
  v.looseObject({ kty: v.picklist(["OKP", "EC", "RSA"]), kid: v.optional(v.string()) }),
  v.check((jwk) => isPublic(jwk), NOT_PUBLIC),
);

export const ClientSchema = v.strictObject({
  /** A name in tokens of the client and other issuers: printable, without spaces. */
  client_id: v.pipe(text, v.regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces")),
  /** Its name in chains, which no other client has. Default: its id, if that is a URI. */
  actor: WorkloadName,
  /** Other names for this client in `aud` of a token. */
  aliases: v.optional(v.array(text), []),
  /** Its `client_id` at issuers, by issuer. */
  known_as: v.optional(v.record(text, v.array(text)), {}),
  auth_method: v.picklist(AUTH_METHODS),
  /** `private_key_jwt`: its public keys. */
  keys: v.optional(v.array(PublicKey)),
  /** `client_secret_*`: base64url(SHA-256) of the valid secrets, newest first. */
  secret_hashes: v.optional(v.pipe(v.array(v.string()), v.maxLength(2))),
  /**
   * `self_signed_tls_client_auth` (RFC 8705, section 2.2): base64url(SHA-256) of its certificate; its issuer does not
   * matter.
   */
  certificate: v.optional(v.string()),
  grants: v.pipe(v.array(v.picklist(GRANTS)), v.minLength(1)),
  /** Addresses to which people return after consent. */
  redirect_uris: v.optional(v.pipe(v.array(AnyRedirect), v.maxLength(16)), []),
  /** The name that people see. */
  client_name: v.optional(v.pipe(text, v.maxLength(128))),
  audiences: v.pipe(v.array(uri), v.minLength(1)),
  scopes: v.array(v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "must be a scope token"))),
  /** Other actors that it may act as, if an `actor_token` proves it. */
  actors: v.optional(v.array(uri), []),
  /** Subjects that it may state in JWTs that it signs itself; a `*` at the end matches any text. */
  self_signed_subjects: v.optional(v.pipe(v.array(text), v.maxLength(64)), []),
  /** Other domains that it may get grants for: the issuer of their authorization server, and its client_id there. */
  domains: v.optional(v.record(uri, text), {}),
  /** Most actors in a chain that it extends, including itself. */
  max_depth: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)), 4),
  /** Longest life of a token, in seconds. */
  max_ttl: v.optional(seconds, 300),
  /** Seconds after the task's beginning at which every token ends. */
  max_task_seconds: v.optional(seconds),
  /** Whether its tokens must be bound to a key by DPoP. */
  dpop_bound: v.optional(v.boolean(), false),
  owner: text,
  purpose: text,
  /** Where it runs and what it is, as for workloads. */
  environment: v.optional(kindOf),
  type: v.optional(kindOf),
  /** ISO 8601: when the registration ends. */
  expires: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  disabled: v.optional(v.boolean(), false),
});

/** `kind` is absent if it is registered. */
export type Client = v.InferOutput<typeof ClientSchema> & { readonly kind?: ClientKind };

const PREFIX = "client:";
export function clientKey(clientId: string): string {
  return `${PREFIX}${clientId}`;
}

/** Whether an id can be registered at all: KV does not accept others in its keys. */
export function isClientId(id: string): boolean {
  return /^[\x21-\x7e]{1,256}$/.test(id);
}

/** A registration that is not accepted; the message names the field. */
export class ClientRefused extends Error {
  override readonly name = "ClientRefused";
}

/** @throws ClientRefused */
export function parseClient(json: unknown): Client {
  const result = v.safeParse(ClientSchema, json);
  if (!result.success) {
    throw new ClientRefused(
      result.issues.map((issue) => `${v.getDotPath(issue) ?? "client"}: ${issue.message}`).join("; "),
    );
  }
  const missing = missingCredential(result.output);
  if (missing !== undefined) throw new ClientRefused(`${missing}: is needed for ${result.output.auth_method}`);
  const contradiction = contradictionIn(result.output);
  if (contradiction !== undefined) throw new ClientRefused(contradiction);
  return result.output;
}

/**
 * A client without a credential may only redeem what a person has allowed; what a client signs is verified with its
 * keys.
 */
function contradictionIn(client: Client): string | undefined {
  const { auth_method: method, grants, redirect_uris: redirects, self_signed_subjects: subjects, keys } = client;
  const forPeople = grants.filter((grant) => PEOPLE_GRANTS.some((each) => each === grant));
  if (method === "none" && forPeople.length < grants.length)
    return `grants: a client without a credential may use only ${PEOPLE_GRANTS.join(", ")}`;
  if (subjects.length > 0 && !keys?.length) return "keys: are needed for self_signed_subjects";
  const needed = grants.includes("authorization_code") && redirects.length === 0;
  return needed ? "redirect_uris: is needed for authorization_code" : undefined;
}

function missingCredential({
  auth_method: method,
  keys,
  secret_hashes: hashes,
  certificate,
}: Client): string | undefined {
  if (method === "private_key_jwt" && !keys?.length) return "keys";
  if (method.startsWith("client_secret") && !hashes?.length) return "secret_hashes";
  return method === "self_signed_tls_client_auth" && certificate === undefined ? "certificate" : undefined;
}

export interface ClientStore {
  /** The client of this id, if it is registered; one that is disabled or has expired too. */
  find(clientId: string, edges: ClientEdges): Promise<Client | undefined>;
  /** Drops it from the cache, because it has changed. */
  forget(clientId: string): void;
}

export interface ClientEdges {
  readonly kv: KeyValueStore;
  /** Milliseconds since the epoch. */
  now(): number;
}

const MOST_KEPT = 1000;

/** @param seconds for which a client is cached */
export function createClientStore(seconds: number): ClientStore {
  const kept = new Map<string, { readonly client: Client; readonly until: number }>();
  return {
    async find(clientId, { kv, now }) {
      const known = kept.get(clientId);
      if (known !== undefined && now() < known.until) return known.client;
      kept.delete(clientId);
      const json = isClientId(clientId) ? await kv.get(clientKey(clientId)) : null;
      if (json === null) return undefined;
      const client = parseClient(JSON.parse(json));
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(clientId, { client, until: now() + seconds * 1000 });
      return client;
    },
    forget: (clientId) => void kept.delete(clientId),
  };
}

/** What the workload registry keeps about a client: the keys of its actor's name, and its owner. */
export function clientActor(client: Client): ClientActor {
  const { client_id, keys = [], disabled } = client;
  return { ...ownershipOf(client), client_id, keys: keys as readonly JWK[], disabled };
}

export function hashSecret(secret: string, sha256: (bytes: Uint8Array) => Uint8Array): string {
  return toBase64url(sha256(new TextEncoder().encode(secret)));
}

/** The defaults of a client that is not registered by an operator: it may do only what people allow. */
export function unregistered(redirectUris: string[]) {
  return {
    grants: [...PEOPLE_GRANTS],
    redirect_uris: redirectUris,
    aliases: [],
    known_as: {},
    audiences: [],
    scopes: [],
    actors: [],
    self_signed_subjects: [],
    domains: {},
    max_depth: 4,
    max_ttl: 300,
    dpop_bound: false,
    disabled: false,
  } satisfies Partial<Client>;
}
