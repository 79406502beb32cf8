/** What the gateway tells receivers of security events: of revocations, of changed tokens, of signs. After the answer. */
import type { Party } from "../chain/party.ts";
import type { RevocationName } from "../revocation/name.ts";
import { type Cause, claimsChangedEvent, revokedEvent, riskEvent, type SecurityEvent } from "./event.ts";
import { type TransmitEdges, transmit } from "./transmit.ts";

/** Never rejects. */
export interface Telling {
  /** @param by who decided it: people, or the policies */
  revoked(name: RevocationName, reason: string, by: Cause["by"]): void;
  /** Tokens of somebody say something else from now on. */
  claimsChanged(whose: Party, claims: Readonly<Record<string, unknown>>): void;
  /** @param decision id of the one at which the signs were noticed */
  risk(whose: Party, signs: readonly string[], decision: string): void;
}

export interface TellEdges extends TransmitEdges {
  /** Keeps an isolate at work for the request that runs, after its answer has gone. */
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
