/** Delegates a part of one's authority to the next actor, offline, with only the holder's key. */
import type { JWTPayload } from "jose";
import { audiencesOf, holderOf, namesKey, scopesOf, unverifiedClaims } from "./chain.ts";
import { HopgateError } from "./errors.ts";
import { signHop } from "./hop.ts";
import type { HolderKey, HolderPublicKey } from "./keys.ts";

export interface Delegation {
  /** Private key that the chain's last hop names: Ed25519 or P-256. */
  readonly key: HolderKey;
  /** The next actor, a URI. */
  readonly to: string;
  /** Its public key. Without one it can neither delegate further nor prove possession. */
  readonly toKey?: HolderPublicKey | undefined;
  /** Its Workload Identity Token: proves to the gateway that the key belongs to the name (docs/workloads.md). */
  readonly wit?: string | undefined;
  /** Scope tokens, each one of the last hop's. */
  readonly scopes: readonly string[];
  /** Default: the last hop's. */
  readonly audience?: string | readonly string[] | undefined;
  /** Seconds; default 300, and never longer than the last hop lives. */
  readonly ttl?: number | undefined;
  /** How many hops may follow. */
  readonly maxHops?: number | undefined;
  /** The task and its context, if the chain names none yet. */
  readonly txn?: string | undefined;
  readonly tctx?: Record<string, unknown> | undefined;
  /** Each one of the last hop's (RFC 9396). */
  readonly authorizationDetails?: readonly Record<string, unknown>[] | undefined;
}

/** A scheme, a colon and something after it, in URI characters (RFC 3986, sections 2 and 3.1). */
const URI = /^[a-z][a-z0-9+.-]*:[!#-;=?-[\]_a-z~]+$/i;

/**
 * Appends a narrower hop (docs/chain.md). The chain is not verified here, but a hop that would be wider than the last
 * one, or that names no URI, is not signed.
 *
 * @example
 * ```ts
 * const longer = await delegate(chain, { key, to: "spiffe://acme.example/services/refunds", toKey, scopes: ["orders:read"] });
 * ```
 *
 * @param chain the hops so far, joined by `~`
 * @returns the longer chain
 * @throws HopgateError `chain_malformed`, `key_mismatch`, `delegate_not_uri`, `scope_widened`, `audience_widened`,
 * `depth_exceeded`, `expired`
 */
export async function delegate(chain: string, delegation: Delegation): Promise<string> {
  const hops = unverifiedClaims(chain);
  const last = hops.at(-1) as JWTPayload;
  const named = await namesKey(last, delegation.key);
  if (named === undefined) throw new HopgateError("key_mismatch", "the key is not the one that the last hop names");
  const { key, to, toKey, wit, scopes, ttl = 300, maxHops, txn, tctx, authorizationDetails } = delegation;
  if (!URI.test(to)) throw new HopgateError("delegate_not_uri", "the next actor's name is not a URI");
  const audience = delegation.audience ?? audiencesOf(last);
  refuseWider(last, scopes, typeof audience === "string" ? [audience] : audience, maxHops);
  const now = Math.floor(Date.now() / 1000);
  const expires = Math.min(now + ttl, last.exp ?? 0);
  if (expires <= now) throw new HopgateError("expired", "the last hop has expired");
  return signHop(chain, {
    key,
    carryKey: named === "jkt",
    issuer: holderOf(hops),
    delegate: to,
    delegateKey: toKey,
    wit,
    audience,
    scopes,
    expires,
    maxHops,
    txn,
    tctx,
    authorizationDetails,
  });
}

function refuseWider(
  last: JWTPayload,
  scopes: readonly string[],
  audience: readonly string[],
  maxHops: number | undefined,
): void {
  const more = scopes.filter((token) => !scopesOf(last).includes(token));
  if (more.length > 0)
    throw new HopgateError("scope_widened", `the last hop does not have the scope \`${more.join(" ")}\``);
  const elsewhere = audience.filter((each) => !audiencesOf(last).includes(each));
  if (elsewhere.length > 0)
    throw new HopgateError("audience_widened", `the last hop is not for \`${elsewhere.join(" ")}\``);
  const { max_hops: left } = last as { max_hops?: number };
  if (left !== undefined && (left < 1 || (maxHops ?? 0) >= left))
    throw new HopgateError("depth_exceeded", `the last hop allows ${left} more hops`);
}
