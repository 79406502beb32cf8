/** Signs a hop without checking it (docs/chain.md); `delegate` checks that it is not wider than its parent. */
import { base64url, importJWK, type JWTPayload, SignJWT } from "jose";
import { algorithmOf, confirmation, type HolderKey, type HolderPublicKey } from "./keys.ts";

export interface Hop {
  /** Private key that the chain's last hop names in `cnf`. */
  readonly key: HolderKey;
  /** The delegator: the actor of the last hop. */
  readonly issuer: string;
  /** The next actor, a URI. */
  readonly delegate: string;
  /** Its public key. Without one the hop can neither be delegated further nor prove possession. */
  readonly delegateKey?: HolderPublicKey | undefined;
  /** Its Workload Identity Token (draft-ietf-wimse-workload-creds), with the same name and key. */
  readonly wit?: string | undefined;
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
  /** Set if hop 0 names its key by `cnf.jkt`: hop 1 then contains the key itself. */
  readonly carryKey?: boolean | undefined;
}

/**
 * Signs one more hop (docs/chain.md) and returns the longer chain.
 *
 * @param chain the hops so far, joined by `~`
 */
export async function signHop(chain: string, hop: Hop): Promise<string> {
  const { key, delegateKey } = hop;
  const claims: JWTPayload = {
    iss: hop.issuer,
    sub: hop.delegate,
    aud: typeof hop.audience === "string" ? hop.audience : [...hop.audience],
    scope: hop.scopes.join(" "),
    iat: hop.issued ?? Math.floor(Date.now() / 1000),
    exp: hop.expires,
    jti: crypto.randomUUID(),
    pth: await hashText(chain.slice(chain.lastIndexOf("~") + 1)),
    ...(delegateKey && { cnf: confirmation(delegateKey) }),
    ...(hop.txn !== undefined && { txn: hop.txn }),
    ...(hop.tctx && { tctx: hop.tctx }),
    ...(hop.maxHops !== undefined && { max_hops: hop.maxHops }),
    ...(hop.authorizationDetails && { authorization_details: hop.authorizationDetails }),
  };
  const jws = await new SignJWT(claims)
    .setProtectedHeader({
      alg: algorithmOf(key),
      typ: "hop+jwt",
      ...(hop.wit !== undefined && { wit: hop.wit }),
      ...(hop.carryKey && { jwk: confirmation(key).jwk }),
    })
    .sign(await importJWK(key, algorithmOf(key)));
  return `${chain}~${jws}`;
}

/** base64url(SHA-256(ASCII)), the form of `pth` and `ath`. */
export async function hashText(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
