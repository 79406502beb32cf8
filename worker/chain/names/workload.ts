/** A registered workload: a name, the keys that belong to it, and who answers for it. Pure. */
import { base64url, type JWK } from "jose";
import * as v from "valibot";
import { address, isPublic, NOT_PUBLIC } from "../../config.ts";

/** A name in a key of KV, which has at most 512 bytes with its prefix. */
export const WorkloadName = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,480}$/, "must be 1 to 480 printable ASCII characters without spaces"),
  v.check((name) => URL.canParse(name), "must be a URI"),
);

/** 32 bytes in canonical base64url: a thumbprint (RFC 7638) depends on the encoding. */
const coordinate = v.pipe(v.string(), v.check(is32Bytes, "must be 32 bytes in base64url"));

const common = {
  kid: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(256))),
  use: v.optional(v.literal("sig", "must be sig")),
  alg: v.optional(v.picklist(["EdDSA", "Ed25519", "ES256"], "must be EdDSA, Ed25519 or ES256")),
  /** Seconds since the epoch, after which the key does not count (a member that OpenID Federation 1.0 registered). */
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
    /** Address of its JWK Set. */
    jwks_uri: v.optional(address),
    owner: text,
    purpose: text,
    /** Where it runs, such as `production`. */
    environment: v.optional(kindOf),
    /** What it is, such as `agent`, `service` or `job`. */
    type: v.optional(kindOf),
    /** ISO 8601: when the registration ends. */
    expires: v.optional(v.pipe(v.string(), v.isoTimestamp())),
    /** ISO 8601: the registration also ends if its owner has not confirmed it by then (docs/workloads.md, Reviews). */
    review_by: v.optional(v.pipe(v.string(), v.isoTimestamp())),
    /** The only actions that it may do as a caller, if its owner has narrowed it. */
    actions: v.optional(v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(256))), v.maxLength(256))),
    /** Disabled: no key is accepted for the name, however it is proven. */
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
  /** The only actions that it may do; without it, all that policies allow. */
  readonly actions?: readonly string[] | undefined;
  /** The registration no longer counts: an administrator of the registry has disabled it, or its owner has ended it in a review. */
  readonly disabled?: boolean | undefined;
}

/** The entry of a registered client's actor, written together with the client (worker/admin/clients.ts). */
export interface ClientActor extends Ownership {
  readonly client_id: string;
  readonly keys: readonly JWK[];
  readonly disabled: boolean;
}

/** The owner and the facts of an entry, without its keys. */
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

/**
 * Milliseconds since the epoch. A date that cannot be read counts as past, because every comparison with NaN is false.
 */
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
