/** Sessions of the console: a secret in a cookie or a bearer header, and the member that it represents. */
import * as v from "valibot";
import { authorityOfPerson } from "../people/person.ts";
import { readSecret, type SecretEdges, takeSecret } from "../people/secrets.ts";
import type { SecretKind } from "../people/sessions.ts";
import type { Console } from "./edges.ts";
import { type Member, MemberSchema } from "./member.ts";

export const COOKIE = "hopgate_session";

const SessionSchema = v.object({
  member: MemberSchema,
  /** Seconds since the epoch: when the person was identified. */
  began: v.number(),
  /** Seconds since the epoch: when they authenticated. Absent if their provider does not say; it may be days ago. */
  authenticated: v.optional(v.number()),
});
export type Session = v.InferOutput<typeof SessionSchema>;

type Judging = Pick<Console, "config" | "isRevoked">;

/** A session that begins now. @param authenticated seconds since the epoch: when the member authenticated, if known */
export function sessionOf(member: Member, authenticated: number | undefined, { now }: Pick<Console, "now">): Session {
  return { member, began: Math.floor(now() / 1000), ...(authenticated !== undefined && { authenticated }) };
}

/** What a secret represents, once; undefined if it is unknown or has expired. */
export async function takeSession(kind: SecretKind, secret: string, edges: SecretEdges): Promise<Session | undefined> {
  return parse(await takeSecret(kind, secret, edges));
}

/** The session of a secret; undefined if it is unknown or has expired. It ends when the person is revoked. */
export async function readSession(secret: string, edges: SecretEdges & Judging): Promise<Session | undefined> {
  const session = parse(await readSecret("session", secret, edges));
  if (session === undefined) return undefined;
  if (!(await isRevoked(session, edges))) return session;
  await takeSecret("session", secret, edges);
  return undefined;
}

/** Whether the person was revoked since the session began. Rejects if that cannot be known. */
export function isRevoked({ member, began }: Session, { config, isRevoked: ask }: Judging): Promise<boolean> {
  return ask(authorityOfPerson(member, began, config.issuers));
}

function parse(value: unknown): Session | undefined {
  const session = v.safeParse(SessionSchema, value);
  return session.success ? session.output : undefined;
}
