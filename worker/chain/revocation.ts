/** The names under which a chain can be revoked. Pure. */

import { toBase64url } from "../../wasm/core.ts";
import type { AccessTokenClaims } from "../claims.ts";
import { readActors } from "./act.ts";
import { addressParty, authorityOfName, type Party, partyOfId } from "./party.ts";
import type { Authority, ChainFacts, Root, SubjectNames } from "./types.ts";

export type Revocable = "issuer" | "subject" | "session" | "task" | "actor" | "client" | "token" | "hop";

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/**
 * `subject`, `actor`, `client` take an authority and a name, `token` issuer and `jti`, `session` issuer and `sid`; `task`
 * the task's identity, `hop` the hop's name, `issuer` itself.
 */
function revocationKey(kind: Revocable | "email" | "derived", ...values: readonly string[]): string {
  return JSON.stringify([kind, ...values]);
}

/** The parts of a chain that can be revoked. */
type Standing = Pick<ChainFacts, "hops" | "actors" | "task" | "root" | "subjectNames">;

/**
 * Every key whose revocation ends the chain, and since when its authority is in force. A root without `iat` may be of
 * any age.
 */
export function authorityOf(facts: Standing): Authority {
  const { hops, actors, task, root } = facts;
  const keys = [
    ...rootKeys(root, facts.subjectNames),
    ...taskKeys(task.id),
    ...taskKeys(task.within),
    ...actors.flatMap(actorKeys),
    ...hops.map(({ name }) => revocationKey("hop", name)),
    ...tokenKeys(root),
    ...(root.own === undefined ? [] : lineageOf(root.claims)).map((ancestor) => revocationKey("derived", ancestor)),
  ];
  const { iat } = root.claims;
  return { keys: [...new Set(keys)], issued: typeof iat === "number" ? iat : 0 };
}

/** The same for a token that is about to be issued. @param task identity of its task */
export function issuedAuthority(claims: AccessTokenClaims, task: string): Authority {
  const { iss, sub_id: subject, act, client_id: client, jti, lineage, iat } = claims;
  const keys = [
    revocationKey("issuer", iss),
    ...subjectKeys(subject),
    revocationKey("task", task),
    ...readActors(act).flatMap(({ iss: authority = iss, sub }) => actorKeys({ iss: authority, sub })),
    revocationKey("client", iss, client),
    revocationKey("token", iss, jti),
    ...lineage.map((ancestor) => revocationKey("derived", ancestor)),
  ];
  return { keys: [...new Set(keys)], issued: iat };
}

/**
 * What the gateway writes into a token that it derives from a chain (claim `lineage`): the names of everything that the
 * token comes from, so that revoking an ancestor also revokes the token. They are hashes, so an upstream learns nothing
 * from them.
 */
export function lineageFrom(facts: Omit<Standing, "actors">, sha256: Sha256): string[] {
  const { hops, root, task, subjectNames } = facts;
  const above = taskKeys(task.within).map((key) => digest(key, sha256));
  return [...new Set([...lineageOfRoot(root, subjectNames, sha256), ...above, ...hops.map(({ name }) => name)])];
}

/** For a root alone: its lineage, issuer, subject, session and clients, and its own `jti`. */
export function lineageOfRoot(root: Root, names: SubjectNames, sha256: Sha256): string[] {
  const keys = new Set([...rootKeys(root, names), ...tokenKeys(root)]);
  // A `lineage` from another issuer is ignored.
  const before = root.own === undefined ? [] : lineageOf(root.claims);
  return [...before, ...[...keys].map((key) => digest(key, sha256))];
}

/** For actors that a token comes from but names differently: revoking one of them still revokes the token. */
export function lineageOfActors(actors: readonly Party[], sha256: Sha256): string[] {
  return actors.flatMap(actorKeys).map((key) => digest(key, sha256));
}

/** For the client that a token was issued to, if the token does not name it. */
export function lineageOfClient(issuer: string, client: string, sha256: Sha256): string {
  return digest(revocationKey("client", issuer, client), sha256);
}

/** The keys to revoke for one name: its own, and the one in tokens derived from it. */
export function keysToRevoke(kind: Revocable, values: readonly string[], sha256: Sha256): string[] {
  const [first = "", second = ""] = values;
  if (kind === "hop") return [revocationKey("hop", first), revocationKey("derived", first)];
  const keys = kind === "subject" ? subjectKeys({ iss: first, sub: second }) : [revocationKey(kind, ...values)];
  return keys.flatMap((key) => [key, revocationKey("derived", digest(key, sha256))]);
}

/**
 * Digests of every name of a person, like those of the subject in a token's lineage. They show whether two parties are
 * one person, across exchanges and mapped claims.
 */
export function personDigests(names: readonly Party[], sha256: Sha256): string[] {
  return [...new Set(names.flatMap(subjectKeys))].map((key) => digest(key, sha256));
}

/**
 * Every key whose revocation ends a person's own session here, which has no chain.
 *
 * @param issuer that says who they are
 * @param sid the issuer's session
 */
export function personKeys(issuer: string, names: readonly Party[], sid: string | undefined): string[] {
  const session = sid === undefined ? [] : [revocationKey("session", issuer, sid)];
  return [...new Set([revocationKey("issuer", issuer), ...names.flatMap(subjectKeys), ...session])];
}

/** The keys that end everything with the same issuer, subject, session or clients as this root. */
function rootKeys(root: Root, { names, email }: SubjectNames): string[] {
  const { sid, client_id: client, azp } = root.claims;
  return [
    revocationKey("issuer", root.issuer),
    ...names.flatMap(subjectKeys),
    ...(email === undefined ? [] : [revocationKey("email", email.iss, email.sub)]),
    ...(typeof sid === "string" ? [revocationKey("session", root.issuer, sid)] : []),
    ...[client, azp]
      .filter((each) => typeof each === "string")
      .map((each) => revocationKey("client", root.issuer, each)),
  ];
}

function taskKeys(id: string | undefined): string[] {
  return id === undefined ? [] : [revocationKey("task", id)];
}

/** An e-mail address names the same person in any case and Unicode form. */
function subjectKeys({ iss, sub }: Party): string[] {
  const address = addressParty(iss, sub);
  return [
    revocationKey("subject", iss, sub),
    ...(address === undefined ? [] : [revocationKey("email", address.iss, address.sub)]),
  ];
}

/** Revoking a proven name also stops those that are only told to have it; the reverse does not hold. */
function actorKeys({ iss, sub }: Party): string[] {
  // A party that an issuer states for a third authority has that authority in front of its name (root.ts).
  const third = partyOfId(sub);
  const name = third?.sub ?? sub;
  const authorities = [iss, third?.iss, authorityOfName(name)].filter((each) => each !== undefined);
  return [revocationKey("actor", iss, sub), ...authorities.map((each) => revocationKey("actor", each, name))];
}

/**
 * Tokens are named by issuer and `jti`. Only a root has an issuer: the delegator writes a hop's claims, and could copy
 * another token's `jti`. Hops are named by their hash.
 */
function tokenKeys({ issuer, claims: { jti } }: Root): string[] {
  return typeof jti === "string" ? [revocationKey("token", issuer, jti)] : [];
}

function lineageOf({ lineage }: Readonly<Record<string, unknown>>): string[] {
  return Array.isArray(lineage) ? lineage.filter((entry) => typeof entry === "string") : [];
}

function digest(key: string, sha256: Sha256): string {
  return toBase64url(sha256(new TextEncoder().encode(key)));
}
