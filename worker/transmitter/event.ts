/** Security events in the words of CAEP 1.0, made from what the gateway revokes, changes and notices. Pure. */
import { type Party, workloadParty } from "../chain/party.ts";
import { CAEP, type EventType } from "../config.ts";
import type { RevocationName } from "../revocation/name.ts";

/** An event before it has a receiver. */
export interface SecurityEvent {
  readonly type: EventType;
  /** A subject identifier (RFC 9493; complex ones and `jwt_id`: SSF 1.0, sections 3.2 and 3.5). */
  readonly subject: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What caused it: the same in all that come of it. */
  readonly cause: string;
}

/** Of events that the stream itself is about (SSF 1.0, section 8.1.4). */
export const VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification";

export function eventUri(type: EventType): string {
  return `${CAEP}/${type}`;
}

export interface Cause {
  /** The same in all events that come of it (`txn`). */
  readonly id: string;
  /** For those who run the receiver. */
  readonly reason: string;
  readonly by: "admin" | "policy" | "system";
  /** Seconds since the epoch. */
  readonly at: number;
}

/**
 * Something was revoked. Issuers as a whole, and hops, have no identifier that a receiver would know.
 *
 * @param gateway its id: who answers for clients that name no other issuer
 */
export function revokedEvent(name: RevocationName, gateway: string, cause: Cause): SecurityEvent | undefined {
  const subject = subjectOf(name, gateway);
  if (subject === undefined) return undefined;
  const claims = {
    event_timestamp: cause.at,
    initiating_entity: cause.by,
    ...(cause.reason !== "" && { reason_admin: { en: cause.reason } }),
  };
  return { type: "session-revoked", subject, claims, cause: cause.id };
}

function subjectOf(name: RevocationName, gateway: string): Record<string, unknown> | undefined {
  switch (name.kind) {
    case "subject":
      return issSub({ iss: name.issuer, sub: name.sub });
    case "session":
      return { format: "complex", session: issSub({ iss: name.issuer, sub: name.sid }) };
    case "task":
      return { format: "complex", session: issSub({ iss: gateway, sub: name.task }) };
    case "token":
      return { format: "jwt_id", iss: name.issuer, jti: name.jti };
    case "actor":
      return issSub(
        name.authority === undefined ? workloadParty(name.name, gateway) : { iss: name.authority, sub: name.name },
      );
    case "client":
      return issSub({ iss: name.issuer ?? gateway, sub: name.client_id });
    case "issuer":
    case "hop":
      return undefined;
  }
}

/** What tokens of somebody say from now on. @param claims with their new values */
export function claimsChangedEvent(
  whose: Party,
  claims: Readonly<Record<string, unknown>>,
  { id, at, by }: Omit<Cause, "reason">,
): SecurityEvent {
  const about = { claims, event_timestamp: at, initiating_entity: by };
  return { type: "token-claims-change", subject: issSub(whose), claims: about, cause: id };
}

/** Signs of which one is enough for a high risk; the others are new, and no more. */
const HIGH = ["denials", "slept"];

/** @param signs names of what was noticed of somebody (docs/signs.md) */
export function riskEvent(whose: Party, signs: readonly string[], { id, at }: Pick<Cause, "id" | "at">): SecurityEvent {
  const claims = {
    principal: "APPLICATION",
    current_level: signs.some((sign) => HIGH.includes(sign)) ? "HIGH" : "MEDIUM",
    risk_reason: [...new Set(signs)].join(" "),
    event_timestamp: at,
    initiating_entity: "system",
  };
  return { type: "risk-level-change", subject: issSub(whose), claims, cause: id };
}

function issSub({ iss, sub }: Party): Record<string, unknown> {
  return { format: "iss_sub", iss, sub };
}
