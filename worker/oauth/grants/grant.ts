/** What a person has let a client do, and its secrets: first a code, then rotating refresh tokens. */
import { base64url } from "jose";
import * as v from "valibot";
import { NAME_PROOFS } from "../../chain/names/proof.ts";
import { RootClaimsSchema } from "../../chain/root-claims.ts";
import { SHARDS } from "../../shard.ts";

const Party = v.object({ iss: v.string(), sub: v.string() });

export const GrantSchema = v.object({
  /** Its task: `txn` of every token from it. */
  txn: v.string(),
  /** The person, as the identity provider names them. */
  person: Party,
  /** The person, as a chain would name them. */
  subject: Party,
  lineage: v.array(v.string()),
  acr: v.optional(v.string()),
  auth_time: v.optional(v.number()),
  root_claims: v.optional(RootClaimsSchema),
  client: v.object({
    id: v.string(),
    name: v.string(),
    /** The host that answers for its name; absent if none does. */
    host: v.optional(v.string()),
    actor: v.object({ ...Party.entries, proof: v.picklist(NAME_PROOFS) }),
  }),
  redirect_uri: v.string(),
  /** The URL of the route. */
  resource: v.string(),
  route: v.string(),
  scopes: v.array(v.string()),
  /** RFC 7638 thumbprint of the client's key, if it proved one: everything later needs it. */
  jkt: v.optional(v.string()),
  /** Seconds since the epoch: when it was given, and when it ends. */
  began: v.number(),
  expires: v.number(),
});
export type Grant = v.InferOutput<typeof GrantSchema>;

/** What else a code is bound to (RFC 7636; RFC 9449, section 10). */
export const CodeSchema = v.object({ challenge: v.string(), jkt: v.optional(v.string()) });
export type Code = v.InferOutput<typeof CodeSchema>;

/**
 * A code or a refresh token in its parts: the object that keeps its grant, the grant's key there, and the secret
 * itself.
 */
export interface GrantSecret {
  readonly shard: string;
  /** Shared by all secrets of one grant: it shows that the sender has had one of them. */
  readonly key: string;
  readonly secret: string;
}

const random = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(32)));

/** The first secret of a new grant. @param shard such as `shard-17` */
export function firstSecret(shard: string): GrantSecret {
  return { shard, key: random(), secret: random() };
}

/** The secret that replaces it. */
export function nextSecret(before: GrantSecret): GrantSecret {
  return { ...before, secret: random() };
}

export function writeSecret({ shard, key, secret }: GrantSecret): string {
  return `${shard.replace("shard-", "hg")}.${key}.${secret}`;
}

/**
 * Undefined if the text is not one of our secrets. Any client of the token or the revocation endpoint can write any
 * shard into one, and a shard that is asked is made if it does not exist.
 */
export function readSecret(text: string): GrantSecret | undefined {
  const [, shard, key, secret] = /^hg(0|[1-9]\d{0,2})\.([\w-]{43})\.([\w-]{43})$/.exec(text) ?? [];
  if (shard === undefined || key === undefined || secret === undefined || Number(shard) >= SHARDS) return undefined;
  return { shard: `shard-${shard}`, key, secret };
}

/** Whether a text looks like one of ours. */
export function isGrantSecret(text: string): boolean {
  return readSecret(text) !== undefined;
}

export function hashOf(text: string, sha256: (bytes: Uint8Array) => Uint8Array): string {
  return base64url.encode(sha256(new TextEncoder().encode(text)));
}
