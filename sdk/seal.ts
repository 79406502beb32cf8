/** Binds a chain to one message, offline (docs/messages.md). */
import { importJWK, SignJWT } from "jose";
import { holderOf, unverifiedClaims } from "./chain.ts";
import { type Delegation, delegate } from "./delegate.ts";
import { algorithmOf, type HolderPublicKey } from "./keys.ts";

const ENVELOPE_TYPE = "hop-envelope+jwt";

export interface Sealing extends Delegation {
  /** The consumer's public key; the consumer proves possession of the private one when it processes the message. */
  readonly toKey: HolderPublicKey;
  /** The message's id; default: a new one. */
  readonly id?: string | undefined;
  /** The purpose of the task in the chain, which the consumer sees without opening the chain. */
  readonly purpose?: string | undefined;
}

/**
 * Narrows a chain to the consumer of a message, and seals it with the message's digest. `ttl` is how long the message
 * may wait; later, or when the chain has expired, it is refused.
 *
 * @example
 * ```ts
 * const envelope = await seal(payload, chain, {
 *   key, to: "spiffe://acme.example/services/refunds", toKey, scopes: ["refunds:write"], ttl: 3600,
 * });
 * await queue.send({ envelope, payload });
 * ```
 *
 * @param payload the content: a string or bytes
 * @param chain the producer's chain
 * @returns a compact JWS of type `hop-envelope+jwt`
 * @throws HopgateError as `delegate`
 */
export async function seal(payload: string | Uint8Array, chain: string, sealing: Sealing): Promise<string> {
  const { key, id, purpose } = sealing;
  const narrowed = await delegate(chain, sealing);
  const hops = unverifiedClaims(narrowed);
  const last = hops.at(-1) ?? {};
  const txn = hops.find((hop) => hop["txn"] !== undefined)?.["txn"];
  return new SignJWT({
    iss: holderOf(hops.slice(0, -1)),
    sub: sealing.to,
    ...(last.aud !== undefined && { aud: last.aud }),
    jti: id ?? crypto.randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    exp: last.exp ?? 0,
    ...(txn !== undefined && { txn }),
    ...(purpose !== undefined && { purpose }),
    digest: await contentDigest(payload),
    chain: narrowed,
  })
    .setProtectedHeader({ alg: algorithmOf(key), typ: ENVELOPE_TYPE })
    .sign(await importJWK(key, algorithmOf(key)));
}

/** SHA-256 as a Content-Digest (RFC 9530, section 2). */
export async function contentDigest(payload: string | Uint8Array): Promise<string> {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return `sha-256=:${btoa(String.fromCharCode(...digest))}:`;
}
