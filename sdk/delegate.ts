/** Appends a hop to a chain, offline: the holder of the last hop's key is all it takes. */
import { base64url, importJWK, type JWTPayload, SignJWT } from "jose";
import { confirmation, type PrivateKey, type PublicKey } from "./keys.ts";

export interface Delegation {
  /** Private key that the chain's last hop names in `cnf`. */
  readonly key: PrivateKey;
  /** The delegator: the actor that the last hop made. */
  readonly issuer: string;
  /** The next actor, a URI. */
  readonly delegate: string;
  /** Its public key. Without one the hop can neither be delegated further nor prove possession. */
  readonly delegateKey?: PublicKey | undefined;
  readonly audience: string | readonly string[];
  /** Scope tokens, each one of the parent's. */
  readonly scopes: readonly string[];
  /** Seconds since the epoch; at most the parent's. */
  readonly expires: number;
  /** Seconds since the epoch; default now. */
  readonly issued?: number | undefined;
  readonly txn?: string | undefined;
  readonly tctx?: Record<string, unknown> | undefined;
  readonly maxHops?: number | undefined;
  readonly authorizationDetails?: readonly Record<string, unknown>[] | undefined;
  /** Set where hop 0 names its key by `cnf.jkt`: hop 1 then carries the key itself. */
  readonly carryKey?: boolean | undefined;
}

/**
 * Signs one more hop (docs/chain.md) and returns the longer chain.
 *
 * @param chain the hops so far, joined by `~`
 */
export async function delegate(chain: string, delegation: Delegation): Promise<string> {
  const { key, delegateKey } = delegation;
  const claims: JWTPayload = {
    iss: delegation.issuer,
    sub: delegation.delegate,
    aud: typeof delegation.audience === "string" ? delegation.audience : [...delegation.audience],
    scope: delegation.scopes.join(" "),
    iat: delegation.issued ?? Math.floor(Date.now() / 1000),
    exp: delegation.expires,
    jti: crypto.randomUUID(),
    pth: await hashText(chain.slice(chain.lastIndexOf("~") + 1)),
    ...(delegateKey && { cnf: confirmation(delegateKey) }),
    ...(delegation.txn !== undefined && { txn: delegation.txn }),
    ...(delegation.tctx && { tctx: delegation.tctx }),
    ...(delegation.maxHops !== undefined && { max_hops: delegation.maxHops }),
    ...(delegation.authorizationDetails && { authorization_details: delegation.authorizationDetails }),
  };
  const hop = await new SignJWT(claims)
    .setProtectedHeader({
      alg: "EdDSA",
      typ: "hop+jwt",
      ...(delegation.carryKey && { jwk: confirmation(key).jwk }),
    })
    .sign(await importJWK(key, "EdDSA"));
  return `${chain}~${hop}`;
}

/** base64url(SHA-256(ASCII)), the form of `pth` and `ath`. */
export async function hashText(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
