/** Sends security events about revocations, changed tokens and signs, after the answer. */
import type { Party } from "../chain/party.ts";
import type { RevocationName } from "../revocation/name.ts";
import { type Cause, claimsChangedEvent, revokedEvent, riskEvent, type SecurityEvent } from "./event.ts";
import { type TransmitEdges, transmit } from "./transmit.ts";

/** Never rejects. */
export interface Telling {
  /** @param by who decided it: people or policies */
  revoked(name: RevocationName, reason: string, by: Cause["by"]): void;
  /** The claims of a subject's tokens have changed. */
  claimsChanged(whose: Party, claims: Readonly<Record<string, unknown>>): void;
  /** @param decision id of the decision with the signs */
  risk(whose: Party, signs: readonly string[], decision: string): void;
}

export interface TellEdges extends TransmitEdges {
  /** Keeps the isolate running for the current request after its answer was sent. */
  waitUntil(work: Promise<unknown>): void;
}

export function createTelling(edges: TellEdges): Telling {
  const { receivers, issuer, waitUntil, now } = edges;
  const cause = (by: Cause["by"], reason: string, id: string): Cause => ({
    id,
    reason,
    by,
    at: Math.floor(now() / 1000),
  });
  const send = (event: SecurityEvent | undefined): void => {
    if (event !== undefined && receivers.length > 0) waitUntil(transmit(event, edges));
  };
  return {
    revoked: (name, reason, by) => send(revokedEvent(name, issuer, cause(by, reason, crypto.randomUUID()))),
    claimsChanged: (whose, claims) => send(claimsChangedEvent(whose, claims, cause("admin", "", crypto.randomUUID()))),
    risk: (whose, signs, decision) => send(riskEvent(whose, signs, cause("system", "", decision))),
  };
}
