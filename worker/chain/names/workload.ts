/** A registered workload: a name, the keys that belong to it, and who answers for it. Pure. */
import { base64url, type JWK } from "jose";
import * as v from "valibot";
import { address, isPublic, NOT_PUBLIC } from "../../config.ts";

/** A name in KV's keys, which have at most 512 bytes with their prefix. */
export const WorkloadName = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,480}$/, "must be 1 to 480 printable ASCII characters without spaces"),
  v.check((name) => URL.canParse(name), "must be a URI"),
);

/** 32 bytes, in the one spelling that base64url has for them: a thumbprint (RFC 7638) is made of the spelling. */
const coordinate = v.pipe(v.string(), v.check(is32Bytes, "must be 32 bytes in base64url"));

const common = {
  kid: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(256))),
  use: v.optional(v.literal("sig", "must be sig")),
  alg: v.optional(v.picklist(["EdDSA", "Ed25519", "ES256"], "must be EdDSA, Ed25519 or ES256")),
  /** Seconds since the epoch (registered by OpenID Federation 1.0): from then on the key does not count. */
  exp: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
};

/** The keys that can sign hops: Ed25519 and P-256, public halves only. */
export const WorkloadKey = v.pipe(
  v.looseObject({ kty: v.optional(v.string()) }),
  v.check((jwk) => isPublic(jwk), NOT_PUBLIC),
  v.variant(
    "kty",
    [
      v.object({ kty: v.literal("OKP"), crv: v.literal("Ed25519", "must be Ed25519"), x: coordinate, ...common }),
      v.object({
        kty: v.literal("EC"),
        crv: v.literal("P-256", "must be P-256"),
        x: coordinate,
        y: coordinate,
        ...common,
      }),
    ],
    "must be an Ed25519 or a P-256 key",
  ),
);

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
/** A word that policies compare, such as `production` or `agent`. */
export const kindOf = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "must be a word in lower case"));

export const Workload = v.pipe(
  v.strictObject({
    name: WorkloadName,
    keys: v.optional(v.pipe(v.array(WorkloadKey), v.minLength(1), v.maxLength(16))),
    /** Where its JWK Set is. */
    jwks_uri: v.optional(address),
    owner: text,
    purpose: text,
    /** Where it runs, such as `production`. */
    environment: v.optional(kindOf),
    /** What it is, such as `agent`, `service` or `job`. */
    type: v.optional(kindOf),
    /** ISO 8601: when the registration ends. */
    expires: v.optional(v.pipe(v.string(), v.isoTimestamp())),
    /** ISO 8601: ends, too, where its owner has not confirmed it by then (docs/workloads.md, Reviews). */
    review_by: v.optional(v.pipe(v.string(), v.isoTimestamp())),
    /** As its owner has narrowed it: the only actions that it may do as a caller. */
    actions: v.optional(v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(256))), v.maxLength(256))),
    /** No key is proven to belong to the name, in no way. */
    disabled: v.optional(v.boolean(), false),
  }),
  v.check(({ keys, jwks_uri }) => (keys === undefined) !== (jwks_uri === undefined), "needs one of keys and jwks_uri"),
);

export type Workload = v.InferOutput<typeof Workload>;
export type WorkloadKey = v.InferOutput<typeof WorkloadKey>;

/** Who answers for a workload, and what it is, by the registry. */
export interface Ownership {
  readonly owner: string;
  readonly purpose: string;
  readonly environment?: string | undefined;
  readonly type?: string | undefined;
  /** ISO 8601: when the registration ends. */
  readonly expires?: string | undefined;
  /** ISO 8601: when it ends, unless its owner confirms it. */
  readonly review_by?: string | undefined;
  /** The only actions that it may do; all that policies allow where nobody has narrowed it. */
  readonly actions?: readonly string[] | undefined;
  /** The registration no longer counts: an administrator of the registry has disabled it, or its owner has ended it in a review. */
  readonly disabled?: boolean | undefined;
}

/** Of a registered client, written beside it whenever it is (worker/admin/clients.ts). */
export interface ClientActor extends Ownership {
  readonly client_id: string;
  readonly keys: readonly JWK[];
  readonly disabled: boolean;
}

/** What is said of an entry's owner, without its keys. */
export function ownershipOf(entry: Ownership): Ownership {
  const { owner, purpose, environment, type, expires, review_by: by, actions, disabled } = entry;
  return {
    owner,
    purpose,
    ...(environment !== undefined && { environment }),
    ...(type !== undefined && { type }),
    ...(expires !== undefined && { expires }),
    ...(by !== undefined && { review_by: by }),
    ...(actions !== undefined && { actions }),
    ...(disabled && { disabled }),
  };
}

/** Milliseconds since the epoch. A date that cannot be read ends at once: no comparison with it holds. */
export function endOf({ expires, review_by: by }: Pick<Ownership, "expires" | "review_by">): number {
  return Math.min(...[expires, by].map((date) => (date === undefined ? Number.POSITIVE_INFINITY : Date.parse(date))));
}

/** @param now milliseconds since the epoch */
export function isInForce(entry: Ownership, now: number): boolean {
  return !entry.disabled && now < endOf(entry);
}

/** @throws Error which names the field */
export function parseWorkload(json: unknown): Workload {
  const result = v.safeParse(Workload, json);
  if (result.success) return result.output;
  throw new Error(result.issues.map((issue) => `${v.getDotPath(issue) ?? "workload"}: ${issue.message}`).join("; "));
}

function is32Bytes(value: string): boolean {
  try {
    const bytes = base64url.decode(value);
    return bytes.length === 32 && base64url.encode(bytes) === value;
  } catch {
    return false;
  }
}
