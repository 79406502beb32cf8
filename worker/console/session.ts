/** Sessions of the console: a random secret in a cookie or a bearer header, of which the gateway keeps the hash. */
import { base64url } from "jose";
import * as v from "valibot";
import type { Console } from "./edges.ts";
import { type Member, MemberSchema } from "./member.ts";
import { authorityOfPerson } from "./person.ts";
import type { SecretKind } from "./sessions.ts";

export const COOKIE = "hopgate_session";
/** Seconds in which a one-time token or a sign-in has to be used. */
export const SIGN_IN_SECONDS = 300;

const SessionSchema = v.object({
  member: MemberSchema,
  /** Seconds since the epoch: since when it is known who they are. */
  began: v.number(),
});
export type Session = v.InferOutput<typeof SessionSchema>;

type Keeping = Pick<Console, "sessions" | "sha256" | "now">;
type Judging = Pick<Console, "config" | "isRevoked">;

/** What begins now. */
export function sessionOf(member: Member, { now }: Pick<Console, "now">): Session {
  return { member, began: Math.floor(now() / 1000) };
}

/** Makes a secret that stands for a session. @returns the secret: 256 random bits */
export async function makeSecret(kind: SecretKind, session: Session, seconds: number, edges: Keeping): Promise<string> {
  const secret = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  const expires = Math.floor(edges.now() / 1000) + seconds;
  await edges.sessions.put(kind, hashOf(secret, edges), JSON.stringify(session), expires);
  return secret;
}

/** What a secret stands for, once; undefined where it is none, or over. */
export async function takeSecret(kind: SecretKind, secret: string, edges: Keeping): Promise<Session | undefined> {
  return read(await edges.sessions.take(kind, hashOf(secret, edges)));
}

/** Who holds the session; undefined where it is none, or over. It ends when the person is revoked. */
export async function memberOf(secret: string, edges: Keeping & Judging): Promise<Member | undefined> {
  const session = read(await edges.sessions.read("session", hashOf(secret, edges)));
  if (session === undefined) return undefined;
  if (!(await isRevoked(session, edges))) return session.member;
  await edges.sessions.take("session", hashOf(secret, edges));
  return undefined;
}

/** Whether the person was revoked since the session began. Rejects where that cannot be known. */
export function isRevoked({ member, began }: Session, { config, isRevoked: ask }: Judging): Promise<boolean> {
  return ask(authorityOfPerson(member, began, config.issuers));
}

function read(value: string | undefined): Session | undefined {
  const session = v.safeParse(SessionSchema, value === undefined ? undefined : JSON.parse(value));
  return session.success ? session.output : undefined;
}

function hashOf(secret: string, { sha256 }: Keeping): string {
  return base64url.encode(sha256(new TextEncoder().encode(secret)));
}
