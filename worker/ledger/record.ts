/** What the ledger keeps of one request. */

import { type Party, partyId } from "../chain/party.ts";
import type { Actor, Purpose, RecordedChain } from "../chain/types.ts";
import type { AccessTokenClaims, NarrowedClaims } from "../claims.ts";
import type { TraceContext } from "../presentation.ts";
import type { Rule } from "../rules.ts";
import type { Outcome, SocketEnd, VerifiedMessage } from "../types.ts";

/** An error code of the authorization server (worker/oauth/errors.ts). */
export type OauthRule = string & {};

/** One request of the ledger. */
export interface AuditRecord {
  /** The decision's id. */
  readonly id: string;
  /** ISO 8601, when the request arrived. */
  readonly time: string;
  /** "failed": the gateway or the upstream did, with a status of 500 or above. */
  readonly outcome: "allowed" | "denied" | "failed";
  /** The rule that ended the request, if one did. */
  readonly rule?: Rule | OauthRule;
  readonly message?: string;
  /** Absent if no chain was verified: then the sender is unknown. */
  readonly chain?: RecordedChain;
  readonly request?: {
    readonly route: string;
    readonly method: string;
    readonly path: string;
    /** Its parameters, secrets hidden; absent if there are none. */
    readonly query?: string;
    /** The MCP tool that was called; its arguments are in the question to the policies. */
    readonly tool?: string;
    /** The proxy that asked and then forwards an allowed request: its upstream's answer is not known here. */
    readonly proxy?: string;
    /** The ids of W3C Trace Context: the trace, the gateway's own span, the caller's. */
    readonly trace?: Pick<TraceContext, "traceId" | "parentId" | "callerId">;
  };
  /** The message that was processed. */
  readonly envelope?: VerifiedMessage;
  readonly decision?: Outcome;
  /** Claims of the token that was issued, never the token. */
  readonly token?: NarrowedClaims | AccessTokenClaims;
  /** The status of the answer to the caller. */
  readonly status?: number;
  readonly upstream?: { readonly status: number; readonly milliseconds: number };
  /** The MCP tool or request failed, as its server says. */
  readonly failed?: boolean;
  /** The rule by which the gateway ended the stream that was the answer. */
  readonly ended?: Rule;
  /** A WebSocket that ended: the decision that opened it, and how. */
  readonly socket?: { readonly opened: string } & Omit<SocketEnd, "rule">;
  /** If the record was too large and was cut (bounded.ts): bytes and SHA-256 of the whole. */
  readonly whole?: { readonly bytes: number; readonly sha256: string };
}

/** The purpose that the request's token has, which an exchange may state, else that of its chain. */
export function purposeOfRecord({ chain, token }: AuditRecord): Purpose | undefined {
  if (token?.purpose_by !== undefined) return { text: String(token.tctx?.["purpose"]), by: token.purpose_by };
  return chain?.purposeBy && { text: String(chain.purpose), by: chain.purposeBy };
}

/** The request in one line: `POST /refunds`, `POST /mcp refund_order`. */
export function askedFor(request: AuditRecord["request"]): string {
  return request === undefined ? "" : `${request.method} ${targetOf(request)}`;
}

/** The path, and the tool if one was called. */
export function targetOf({ path, tool }: NonNullable<AuditRecord["request"]>): string {
  return tool === undefined ? path : `${path} ${tool}`;
}

/** The outcome of an admitted request, for people to read; empty if no upstream was called. */
export function whatCame({
  upstream,
  request,
  outcome,
  failed,
  ended,
}: Pick<AuditRecord, "upstream" | "request" | "outcome" | "failed" | "ended">): string {
  if (upstream === undefined)
    return request?.proxy !== undefined && outcome === "allowed" ? `handed to the proxy ${request.proxy}` : "";
  const parts = [
    `${upstream.status} in ${upstream.milliseconds} ms`,
    failed ? "failed, as the server says" : undefined,
    ended === undefined ? undefined : `the gateway ended the stream (${ended})`,
  ];
  return parts.filter((part) => part !== undefined).join("; ");
}

/** An actor with how its name is known; a told name includes who told it. */
export function actorText(actor: Actor): string {
  return actor.proof === "told" ? `${actor.sub} (${actor.iss})` : `${partyId(actor)} (${actor.proof})`;
}

/** Who did an act on the gateway itself: a person at the console, or the holder of the admin token. */
export interface Doer extends Party {
  /** For people to read: parties are compared by `iss` and `sub`. */
  readonly name?: string | undefined;
}

/**
 * What a person or a transmitter of security events did. In the ledger of the task that it concerns, else in
 * `ledgerOfDay`.
 */
export interface ActRecord {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly act:
    | "signed_in"
    | "viewed"
    | "approved"
    | "rejected"
    | "revoked"
    | "ended"
    | "reopened"
    | "received"
    | "registered"
    | "consented"
    | "noticed"
    | "reviewed"
    | "passkey_added"
    | "passkey_removed"
    | "issued"
    | "connected"
    | "disconnected";
  readonly by: Doer;
  /** Its object: a path, an approval, revoked names. */
  readonly about: Readonly<Record<string, unknown>>;
  /** For a sign (docs/signs.md). */
  readonly noticed?: {
    /** `partyId` of the caller that it concerns. */
    readonly caller: string;
    readonly signs: readonly RecordedSign[];
  };
}

/** An act that has just been done. @param now milliseconds since the epoch */
export function newAct(now: number, done: Omit<ActRecord, "id" | "time">): ActRecord {
  return { id: crypto.randomUUID(), time: new Date(now).toISOString(), ...done };
}

/** The sign and its value, for people to read. */
export interface RecordedSign {
  readonly sign: string;
  readonly what: string;
}

/** The ledger of acts that belong to no task, one for each day. */
export function ledgerOfDay(time: string): string {
  return `gateway:${time.slice(0, 10)}`;
}
