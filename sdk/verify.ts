/** Verifies the narrowed token at an upstream, with jose, and returns typed provenance. */
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { HopgateError } from "./errors.ts";

/** An authority and a name: two parties are the same only if both agree. */
export interface Party {
  /** Who answers for the name: the issuer of a person, the trust domain or the registry of a workload. */
  readonly iss: string;
  readonly sub: string;
}

export interface Actor extends Party {
  /** How the gateway knows the name: `registered`, `attested`, `published`, `child`, `stated` or `told`. */
  readonly proof: string;
}

/** A person who has approved the request. */
export interface Approver extends Party {
  /** The group that they approved for. */
  readonly group: string;
  /** Seconds since the epoch. */
  readonly time: number;
  /** `passkey` if that was required. */
  readonly by: string | undefined;
}

/** Subject, actors and task of a request. */
export interface Provenance {
  /** The subject of the task. */
  readonly subject: Party;
  /** The sender of the request: the last actor. */
  readonly caller: Actor;
  /** All actors, origin workload first. */
  readonly actors: readonly Actor[];
  readonly scopes: readonly string[];
  /** The task, and who introduced it. */
  readonly txn: string;
  readonly txnBy: Party;
  readonly purpose: string | undefined;
  /** The gateway's decision id, for the ledger. */
  readonly decision: string;
  /** The approvers of this request; empty if none was needed. */
  readonly approvedBy: readonly Approver[];
  /** Break-glass: the reason that the caller gave. */
  readonly emergency: string | undefined;
  /** Hash of the chain that the gateway verified. */
  readonly chainHash: string;
  /** Seconds since the epoch. */
  readonly expires: number;
  /** Every claim, as signed. */
  readonly claims: JWTPayload;
}

export interface VerifierOptions {
  /** The gateway's id (`gateway.id`). */
  readonly issuer: string;
  /** This API's own identifier (`audience` of its routes). */
  readonly audience: string;
  /**
   * Address of the gateway's keys (default: `/.well-known/jwks.json` of the issuer), or a function that returns them.
   */
  readonly jwks?: string | JWTVerifyGetKey | undefined;
  /** Used to fetch keys; default: the runtime's. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** @throws HopgateError `token_invalid`; `unavailable` if the gateway's keys cannot be fetched */
export type Verifier = (token: string) => Promise<Provenance>;

/**
 * Makes a verifier, which caches the gateway's keys and fetches them again for an unknown key.
 *
 * @example
 * ```ts
 * const verify = verifier({ issuer: "https://gateway.acme.example", audience: "https://orders.acme.example" });
 * const { subject, actors } = await verify(token);
 * ```
 */
export function verifier({ issuer, audience, jwks, fetch: send }: VerifierOptions): Verifier {
  const keys =
    typeof jwks === "function" ? jwks : remoteKeys(jwks ?? new URL("/.well-known/jwks.json", issuer).href, send);
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      typ: "hop-narrowed+jwt",
      algorithms: ["EdDSA"],
      requiredClaims: ["sub", "sub_id", "exp", "txn", "txn_by", "act", "act_proof", "decision"],
    }).catch((cause: unknown) => {
      throw refusalOf(cause);
    });
    return provenanceOf(payload);
  };
}

function remoteKeys(address: string, send: VerifierOptions["fetch"]): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(address), {
    ...(send && { [customFetch]: (url: string, init: RequestInit) => send(new Request(url, init)) }),
  });
}

/** For keys that cannot be fetched, jose throws its general error, or the one of fetch. */
function refusalOf(cause: unknown): HopgateError {
  const about =
    cause instanceof errors.JOSEError && cause.code !== "ERR_JOSE_GENERIC" && cause.code !== "ERR_JWKS_TIMEOUT";
  if (!about) return new HopgateError("unavailable", "the gateway's keys cannot be reached", { cause });
  return new HopgateError("token_invalid", "the token is not from the gateway, or not for this audience", { cause });
}

/**
 * The claims of a verified token. @throws HopgateError `token_invalid` if the gateway would never write them like this
 */
function provenanceOf(claims: JWTPayload): Provenance {
  const { sub_id, txn, txn_by, decision, pth, tctx, scope, emergency } = claims as Record<string, unknown>;
  const actors = actorsOf(claims["act"], claims["act_proof"]);
  const caller = actors.at(-1);
  if (caller === undefined || ![txn, decision, pth].every((text) => typeof text === "string")) throw malformed();
  const { purpose } = (tctx ?? {}) as { purpose?: unknown };
  return {
    subject: partyOf(sub_id),
    caller,
    actors,
    scopes: typeof scope === "string" && scope !== "" ? scope.split(" ") : [],
    txn: txn as string,
    txnBy: partyOf(txn_by),
    purpose: typeof purpose === "string" ? purpose : undefined,
    decision: decision as string,
    approvedBy: approversOf(claims["approved_by"]),
    emergency: typeof emergency === "string" ? emergency : undefined,
    chainHash: pth as string,
    expires: claims.exp as number,
    claims,
  };
}

/** `act` nests the caller outermost (RFC 8693, section 4.1); `act_proof` begins with the origin. */
function actorsOf(act: unknown, proofs: unknown): Actor[] {
  const parties: Party[] = [];
  for (let each = act as { act?: unknown } | undefined; each; each = each.act as typeof each)
    parties.unshift(partyOf(each));
  if (!Array.isArray(proofs) || proofs.length !== parties.length) throw malformed();
  return parties.map((party, index) => ({ ...party, proof: String(proofs[index]) }));
}

function approversOf(value: unknown = []): Approver[] {
  if (!Array.isArray(value)) throw malformed();
  return value.map((each: unknown) => {
    const { group, time, by } = (each ?? {}) as Record<string, unknown>;
    if (typeof group !== "string" || typeof time !== "number") throw malformed();
    return { ...partyOf(each), group, time, by: typeof by === "string" ? by : undefined };
  });
}

function partyOf(value: unknown): Party {
  const { iss, sub } = (value ?? {}) as { iss?: unknown; sub?: unknown };
  if (typeof iss !== "string" || typeof sub !== "string") throw malformed();
  return { iss, sub };
}

function malformed(): HopgateError {
  return new HopgateError("token_invalid", "a claim of the token is missing or malformed");
}
