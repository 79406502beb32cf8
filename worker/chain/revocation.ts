/** The names under which a chain can be revoked: each is one way of taking authority back. Pure. */
import { toBase64url } from "../../wasm/core.ts";
import type { Authority } from "../state/revocation-snapshot.ts";
import type { AccessTokenClaims, ActClaim, Actor, ChainFacts } from "../types.ts";

export const REVOCABLE = ["issuer", "subject", "session", "txn", "actor", "client", "token", "hop"] as const;
export type Revocable = (typeof REVOCABLE)[number];

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** `token` takes issuer and `jti`, `subject` issuer and `sub`, `session` issuer and `sid`; the others a single value. */
function revocationKey(kind: Revocable | "derived", ...values: readonly string[]): string {
  return JSON.stringify([kind, ...values]);
}

/** Every key whose revocation ends the chain, and since when its authority stands. A root without `iat` is of all times. */
export function authorityOf({ hops, subject, actors, txn }: ChainFacts): Authority {
  const root = hops[0].claims;
  const keys = [
    ...rootKeys(subject, root),
    revocationKey("txn", txn),
    ...actors.map(({ sub }) => revocationKey("actor", sub)),
    ...hops.flatMap(({ hash, claims }) => [revocationKey("hop", hash), ...tokenKeys(claims)]),
    ...lineageOf(root).map((ancestor) => revocationKey("derived", ancestor)),
  ];
  return { keys, issued: typeof root["iat"] === "number" ? root["iat"] : 0 };
}

/** The same of a token that is about to be issued. */
export function issuedAuthority(claims: AccessTokenClaims): Authority {
  const { iss, sub, txn, act, client_id: client, jti, lineage, iat } = claims;
  const actors: string[] = [];
  for (let each: ActClaim | undefined = act; each !== undefined; each = each.act) actors.push(each.sub);
  const keys = [
    revocationKey("issuer", iss),
    revocationKey("subject", iss, sub),
    revocationKey("txn", txn),
    ...actors.map((actor) => revocationKey("actor", actor)),
    revocationKey("client", client),
    revocationKey("token", iss, jti),
    ...lineage.map((ancestor) => revocationKey("derived", ancestor)),
  ];
  return { keys, issued: iat };
}

/**
 * What the gateway writes into a token that it derives from a chain (claim `lineage`): the names of everything that the
 * token came from, so that revoking an ancestor reaches it wherever it is. Hashes: they tell an upstream nothing.
 */
export function lineageFrom({ hops, subject }: ChainFacts, sha256: Sha256): string[] {
  const root = hops[0].claims;
  const own = hops.flatMap(({ hash, claims }) => [hash, ...tokenKeys(claims).map((key) => digest(key, sha256))]);
  return [...lineageOf(root), ...rootKeys(subject, root).map((key) => digest(key, sha256)), ...own];
}

/** The keys to revoke for one thing: its own, and the one that tokens derived from it carry. */
export function keysToRevoke(kind: Revocable, values: readonly string[], sha256: Sha256): string[] {
  const key = revocationKey(kind, ...values);
  if (kind === "hop") return [key, revocationKey("derived", values[0] as string)];
  // Tasks and actors stand in a derived token by their own names.
  return kind === "txn" || kind === "actor" ? [key] : [key, revocationKey("derived", digest(key, sha256))];
}

/** What ends everything that began as this root did: its issuer, subject, session and clients. */
function rootKeys({ iss, sub }: Actor, root: Readonly<Record<string, unknown>>): string[] {
  return [
    revocationKey("issuer", iss),
    revocationKey("subject", iss, sub),
    ...(typeof root["sid"] === "string" ? [revocationKey("session", iss, root["sid"])] : []),
    ...clientsOf(root).map((client) => revocationKey("client", client)),
  ];
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
