/** Chains of any root and any hops, made by hand: what an attacker with some keys can sign. */
import { CAST, type CraftKey, hashOf, keyNamed, sign } from "../vectors/craft.ts";
import { nowSeconds } from "./harness.ts";

export interface RootOptions {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  /** Name of the issuer's key. */
  readonly signedBy?: string;
}

/** A root for alice at the app, bound to the app's key; `undefined` takes a claim away. */
export async function rootOf({ claims, header, signedBy = "idp" }: RootOptions = {}): Promise<string> {
  const now = nowSeconds();
  const all = {
    iss: CAST.issuer,
    sub: CAST.subject,
    client_id: CAST.app,
    aud: CAST.gateway,
    scope: "orders:read refunds:write payouts:write",
    iat: now - 10,
    exp: now + 3600,
    jti: crypto.randomUUID(),
    cnf: { jwk: (await keyNamed("app")).jwk },
    txn: `task-${crypto.randomUUID()}`,
    tctx: { purpose: "customer-support/refund" },
    ...claims,
  };
  const plain = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return sign({ alg: "EdDSA", typ: "at+jwt", kid: "idp-1", ...header }, plain, await keyNamed(signedBy));
}

export interface HopOptions {
  /** The delegator's name, and the name of its key. */
  readonly from: string;
  readonly by: string;
  /** The delegate's name, and the name of its key. */
  readonly to: string;
  readonly key: string;
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
}

/** The chain with one more hop. */
export async function withHop(chain: string, { from, by, to, key, claims, header }: HopOptions): Promise<string> {
  const now = nowSeconds();
  const all = {
    iss: from,
    sub: to,
    aud: CAST.gateway,
    scope: "orders:read refunds:write",
    iat: now - 5,
    // Shorter than the parent's, even if a second has passed since that was made.
    exp: now + 610 - 10 * chain.split("~").length,
    jti: crypto.randomUUID(),
    pth: hashOf(chain.slice(chain.lastIndexOf("~") + 1)),
    cnf: { jwk: (await keyNamed(key)).jwk },
    ...claims,
  };
  const plain = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return `${chain}~${await sign({ alg: "EdDSA", typ: "hop+jwt", ...header }, plain, await keyNamed(by))}`;
}

/** The app lets the support agent act. */
export const toAgent = { from: CAST.app, by: "app", to: CAST.agent, key: "agent" } as const;
/** The support agent lets the refund service act. */
export const toService = { from: CAST.agent, by: "agent", to: CAST.service, key: "service" } as const;

/** A Workload Identity Token of Acme's trust domain. */
export async function witOf(name: string, key: CraftKey, claims: Record<string, unknown> = {}, by = "idp") {
  const all = {
    sub: name,
    exp: nowSeconds() + 300,
    jti: crypto.randomUUID(),
    cnf: { jwk: { ...key.jwk, alg: "EdDSA" } },
    ...claims,
  };
  return sign({ alg: "EdDSA", typ: "wit+jwt", kid: "idp-1" }, all, await keyNamed(by));
}

/** The name of a hop: SHA-256 of what was signed. */
export function nameOf(chain: string, index: number): string {
  const jws = chain.split("~")[index] as string;
  return hashOf(jws.slice(0, jws.lastIndexOf(".")));
}
