/** The names under which a chain can be revoked: each is one way of taking authority back. Pure. */
import type { VerifiedChain } from "../types.ts";

export const REVOCABLE = ["issuer", "subject", "txn", "actor", "token", "hop"] as const;
export type Revocable = (typeof REVOCABLE)[number];

/** `token` takes issuer and `jti`, `subject` issuer and `sub`; the others a single value. */
export function revocationKey(kind: Revocable, ...values: readonly string[]): string {
  return JSON.stringify([kind, ...values]);
}

export function revocationKeys({ hops, subject, actors, txn }: VerifiedChain): string[] {
  return [
    revocationKey("issuer", subject.iss),
    revocationKey("subject", subject.iss, subject.sub),
    revocationKey("txn", txn),
    ...actors.map(({ sub }) => revocationKey("actor", sub)),
    ...hops.flatMap(({ hash, claims }) => [
      revocationKey("hop", hash),
      ...(typeof claims["jti"] === "string" ? [revocationKey("token", claims["iss"] as string, claims["jti"])] : []),
    ]),
  ];
}
