/** The names under which a chain can be revoked: each is one way of taking authority back. Pure. */
import { toBase64url } from "../../wasm/core.ts";
import type { AccessTokenClaims, ActClaim, ChainFacts } from "../types.ts";

export const REVOCABLE = ["issuer", "subject", "txn", "actor", "client", "token", "hop"] as const;
export type Revocable = (typeof REVOCABLE)[number];

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** `token` takes issuer and `jti`, `subject` issuer and `sub`; the others a single value. */
function revocationKey(kind: Revocable | "derived", ...values: readonly string[]): string {
  return JSON.stringify([kind, ...values]);
}

/** Every key whose revocation ends the chain. */
export function revocationKeys({ hops, subject, actors, txn }: ChainFacts): string[] {
  const root = hops[0].claims;
  return [
    revocationKey("issuer", subject.iss),
    revocationKey("subject", subject.iss, subject.sub),
    revocationKey("txn", txn),
    ...actors.map(({ sub }) => revocationKey("actor", sub)),
    ...clientsOf(root).map((client) => revocationKey("client", client)),
    ...hops.flatMap(({ hash, claims }) => [revocationKey("hop", hash), ...tokenKeys(claims)]),
    ...lineageOf(root).map((ancestor) => revocationKey("derived", ancestor)),
  ];
}

/** The same keys of a token that is about to be issued. */
export function issuedKeys(claims: AccessTokenClaims): string[] {
  const { iss, sub, txn, act, client_id: client, jti, lineage } = claims;
  const actors: string[] = [];
  for (let each: ActClaim | undefined = act; each !== undefined; each = each.act) actors.push(each.sub);
  return [
    revocationKey("issuer", iss),
    revocationKey("subject", iss, sub),
    revocationKey("txn", txn),
    ...actors.map((actor) => revocationKey("actor", actor)),
    revocationKey("client", client),
    revocationKey("token", iss, jti),
    ...lineage.map((ancestor) => revocationKey("derived", ancestor)),
  ];
}

/**
 * What the gateway writes into a token that it derives from a chain (claim `lineage`): the names of everything that the
 * token came from, so that revoking an ancestor reaches it wherever it is. Hashes: they tell an upstream nothing.
 */
export function lineageFrom({ hops }: ChainFacts, sha256: Sha256): string[] {
  const own = hops.flatMap(({ hash, claims }) => [hash, ...tokenKeys(claims).map((key) => digest(key, sha256))]);
  return [...lineageOf(hops[0].claims), ...own];
}

/** The keys to revoke for one thing: its own, and the one that tokens derived from it carry. */
export function keysToRevoke(kind: Revocable, values: readonly string[], sha256: Sha256): string[] {
  const key = revocationKey(kind, ...values);
  if (kind === "hop") return [key, revocationKey("derived", values[0] as string)];
  return kind === "token" ? [key, revocationKey("derived", digest(key, sha256))] : [key];
}

function tokenKeys({ iss, jti }: Record<string, unknown>): string[] {
  return typeof jti === "string" ? [revocationKey("token", iss as string, jti)] : [];
}

function clientsOf({ client_id, azp }: Record<string, unknown>): string[] {
  return [client_id, azp].filter((client) => typeof client === "string");
}

function lineageOf({ lineage }: Record<string, unknown>): string[] {
  return Array.isArray(lineage) ? lineage.filter((entry) => typeof entry === "string") : [];
}

function digest(key: string, sha256: Sha256): string {
  return toBase64url(sha256(new TextEncoder().encode(key)));
}
