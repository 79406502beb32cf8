/** Sessions of the console: a random secret in a cookie or a bearer header, of which the gateway keeps the hash. */
import { base64url } from "jose";
import * as v from "valibot";
import type { SecretKind } from "../state/sessions.ts";
import type { Console } from "./edges.ts";
import { type Member, MemberSchema } from "./member.ts";

export const COOKIE = "hopgate_session";
/** Seconds in which a one-time token or a sign-in has to be used. */
export const SIGN_IN_SECONDS = 300;

type Keeping = Pick<Console, "sessions" | "sha256" | "now">;

/** Makes a secret that stands for a value. @returns the secret: 256 random bits */
export async function makeSecret(kind: SecretKind, value: object, seconds: number, edges: Keeping): Promise<string> {
  const secret = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  const expires = Math.floor(edges.now() / 1000) + seconds;
  await edges.sessions.put(kind, hashOf(secret, edges), JSON.stringify(value), expires);
  return secret;
}

/** What a secret stands for, once. */
export async function takeSecret(kind: SecretKind, secret: string, edges: Keeping): Promise<unknown> {
  const value = await edges.sessions.take(kind, hashOf(secret, edges));
  return value === undefined ? undefined : (JSON.parse(value) as unknown);
}

/** Who holds the session; undefined where it is none, or over. */
export async function memberOf(session: string, edges: Keeping): Promise<Member | undefined> {
  const value = await edges.sessions.read("session", hashOf(session, edges));
  return value === undefined ? undefined : v.parse(MemberSchema, JSON.parse(value));
}

function hashOf(secret: string, { sha256 }: Keeping): string {
  return base64url.encode(sha256(new TextEncoder().encode(secret)));
}
