/** Security events (CAEP 1.0) about revocations, changed tokens and signs. Pure. */
import { type Party, workloadParty } from "../chain/party.ts";
import { CAEP, type EventType } from "../config.ts";
import type { RevocationName } from "../revocation/name.ts";

/** An event, not yet addressed to a receiver. */
export interface SecurityEvent {
  readonly type: EventType;
  /** A subject identifier (RFC 9493; complex ones and `jwt_id`: SSF 1.0, sections 3.2 and 3.5). */
  readonly subject: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Its cause, the same in all events with that cause. */
  readonly cause: string;
}

/** Present in events about the stream itself (SSF 1.0, section 8.1.4). */
export const VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification";

export function eventUri(type: EventType): string {
  return `${CAEP}/${type}`;
}

export interface Cause {
  /** The same in all events with one cause (`txn`). */
  readonly id: string;
  /** For administrators of the receiver. */
  readonly reason: string;
  readonly by: "admin" | "policy" | "system";
  /** Seconds since the epoch. */
  readonly at: number;
}

/**
 * Something was revoked. Issuers as a whole, and hops, have no identifier that a receiver would understand.
 *
 * @param gateway its id, the issuer of clients that name no other
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

/** The claims of a subject's tokens have changed. @param claims with their new values */
export function claimsChangedEvent(
  whose: Party,
  claims: Readonly<Record<string, unknown>>,
  { id, at, by }: Omit<Cause, "reason">,
): SecurityEvent {
  const about = { claims, event_timestamp: at, initiating_entity: by };
  return { type: "token-claims-change", subject: issSub(whose), claims: about, cause: id };
}

/** Signs that mean a high risk by themselves; the others only say that something is new. */
const HIGH = ["denials", "slept"];

/** @param signs names of a caller's signs (docs/signs.md) */
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
