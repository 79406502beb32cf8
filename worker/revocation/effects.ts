/** What a security event revokes. Pure. */
import * as v from "valibot";
import type { Revocable } from "../chain/revocation.ts";
import { type SecurityEvents, SetError } from "./security-event.ts";

const CAEP = "https://schemas.openid.net/secevent/caep/event-type";
const RISC = "https://schemas.openid.net/secevent/risc/event-type";

/** The name to revoke, for `keysToRevoke`. */
export interface Effect {
  readonly event: string;
  readonly kind: Extract<Revocable, "subject" | "session" | "token">;
  readonly values: readonly [issuer: string, name: string];
}

/** Supported subject identifiers (RFC 9493); `complex` is defined by the SSF framework. */
const Identifier = v.variant("format", [
  v.object({ format: v.literal("iss_sub"), iss: v.string(), sub: v.string() }),
  v.object({ format: v.literal("email"), email: v.string() }),
  v.object({ format: v.literal("opaque"), id: v.string() }),
  v.object({ format: v.literal("jwt_id"), iss: v.string(), jti: v.string() }),
]);
const Subject = v.union([
  v.object({
    format: v.optional(v.literal("complex")),
    user: v.optional(Identifier),
    session: v.optional(Identifier),
  }),
  Identifier,
]);
type Identifier = v.InferOutput<typeof Identifier>;

const Event = v.looseObject({ subject: v.optional(v.unknown()), change_type: v.optional(v.string()) });

/**
 * `session-revoked` revokes the session or token that it names, else all of the subject's; `credential-change` revokes
 * the subject's if a credential was revoked, updated or deleted, and so do `account-disabled` and `account-purged`
 * (RISC). Every other event is accepted and changes nothing.
 *
 * @throws SetError if a supported event names no known subject, or one that the transmitter may not name
 */
export function effectsOf({ events, subject: shared, transmitter }: SecurityEvents): Effect[] {
  const issuers = transmitter.subjects ?? [transmitter.issuer];
  return Object.entries(events).flatMap(([type, body]) => {
    const event = v.safeParse(Event, body);
    if (!event.success || !counts(type, event.output.change_type)) return [];
    const subject = v.safeParse(Subject, event.output.subject ?? shared);
    if (!subject.success)
      throw new SetError("invalid_request", "the event names no subject that is known here (RFC 9493)");
    const { kind, names } = nameOf(type, subject.output, issuers);
    if (!names.every(([issuer]) => issuers.includes(issuer)))
      throw new SetError("invalid_request", "the transmitter may not name this issuer's subjects");
    return names.map((values) => ({ event: type, kind, values }));
  });
}

function counts(type: string, change: string | undefined): boolean {
  if (type === `${CAEP}/credential-change`) return change !== "create";
  return [`${CAEP}/session-revoked`, `${RISC}/account-disabled`, `${RISC}/account-purged`].includes(type);
}

function nameOf(
  type: string,
  subject: v.InferOutput<typeof Subject>,
  issuers: readonly string[],
): { readonly kind: Effect["kind"]; readonly names: Effect["values"][] } {
  const simple = "user" in subject || "session" in subject ? undefined : (subject as Identifier);
  const { user, session } = simple === undefined ? (subject as { user?: Identifier; session?: Identifier }) : {};
  const isSession = type === `${CAEP}/session-revoked`;
  if (isSession && session !== undefined) return { kind: "session", names: namesOf(session, issuers) };
  if (isSession && simple?.format === "opaque") return { kind: "session", names: namesOf(simple, issuers) };
  if (isSession && simple?.format === "jwt_id") return { kind: "token", names: namesOf(simple, issuers) };
  const person = user ?? simple;
  if (person === undefined || person.format === "jwt_id")
    throw new SetError("invalid_request", "the event names no user");
  return { kind: "subject", names: namesOf(person, issuers) };
}

/** A name without an issuer applies to every issuer that the transmitter speaks for. */
function namesOf(identifier: Identifier, issuers: readonly string[]): [string, string][] {
  switch (identifier.format) {
    case "iss_sub":
      return [[identifier.iss, identifier.sub]];
    case "email":
      return issuers.map((issuer) => [issuer, identifier.email]);
    case "opaque":
      return issuers.map((issuer) => [issuer, identifier.id]);
    case "jwt_id":
      return [[identifier.iss, identifier.jti]];
  }
}
