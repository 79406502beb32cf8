/** The narrowed token: one audience, one scope, the chain as `act` (RFC 8693). */
import { SignJWT } from "jose";
import type { Chain } from "./chain.ts";
import type { Memory } from "./memory.ts";
import { OPERATION } from "./operation.ts";

interface Act {
  readonly sub: string;
  readonly act?: Act;
}

export function mint(chain: Chain, decision: string, { signingKey, kid }: Memory, now: number): Promise<string> {
  const { subject, actors, txn, purpose, hash, expires } = chain;
  const act = actors.reduce<Act | undefined>(
    (inner, sub) => (inner === undefined ? { sub } : { sub, act: inner }),
    undefined,
  );
  return new SignJWT({
    sub: subject.sub,
    sub_id: { format: "iss_sub", ...subject },
    client_id: actors.at(-1) as string,
    scope: OPERATION.scope,
    txn,
    tctx: { purpose },
    act,
    pth: hash,
    decision,
  })
    .setProtectedHeader({ alg: "EdDSA", typ: "narrowed+jwt", kid })
    .setIssuer("https://gateway.acme.example")
    .setAudience(OPERATION.audience)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(Math.min(expires, now + OPERATION.ttl))
    .setJti(crypto.randomUUID())
    .sign(signingKey);
}
