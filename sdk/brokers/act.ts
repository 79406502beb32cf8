/** What every consumer does with a delivery of any broker: open, verify, handle, and decide the outcome. */
import { decodeJwt } from "jose";
import { HopgateError } from "../errors.ts";
import { isFinal } from "../final.ts";
import { type Opened, type Opening, open } from "../open.ts";
import type { Failures } from "./failures.ts";

/** Header, attribute or property with the envelope; the body is the payload. */
export const ENVELOPE = "hop-envelope";
/** Header of a dead letter: why it was given up. */
export const REASON = "hop-reason";

export interface BrokerOptions extends Opening {
  /**
   * Seconds until a message is delivered again if it waits for an approval, the gateway cannot answer, or the handler
   * failed. Default 30.
   */
  readonly delay?: number | undefined;
  /**
   * Failures of the handler after which a message becomes a dead letter, as counted by this consumer; waiting for an
   * approval or for the gateway does not count. Default 5. Dead letters, and all messages if there is no place for dead
   * letters, are delivered again however often the handler fails.
   */
  readonly attempts?: number | undefined;
  /** Called for each message that was not handled. Default: a line in the log. */
  readonly report?: ((outcome: NotActed) => void) | undefined;
}

/** The options of an adapter that `act` uses. */
export interface Acting extends BrokerOptions {
  /** The adapter's place for dead letters. */
  readonly dead?: unknown;
  /** Absent if the broker itself decides when to give up. */
  readonly failures?: Failures | undefined;
}

/** Handles one message. Write `opened.messageKey` in the same transaction, because brokers deliver messages again. */
export type Handler<P> = (payload: P, opened: Opened) => unknown;

/** A delivery, as read by an adapter. */
export interface Delivery<P extends string | Uint8Array> {
  readonly envelope: string;
  readonly payload: P;
}

/** `again`: it is delivered again later. `dead`: it is given up, and becomes a dead letter. */
export interface NotActed {
  readonly kind: "again" | "dead";
  /** The rule that the gateway named, a code of the library, or `handler_failed`. */
  readonly rule: string;
  readonly description: string;
  /** The decision's id in the ledger. */
  readonly decision: string | undefined;
  readonly cause: unknown;
}
export type Outcome = { readonly kind: "acted" } | NotActed;

/** @param read reads the delivery. Never throws: failures are outcomes */
export async function act<P extends string | Uint8Array>(
  read: () => Delivery<P>,
  options: Acting,
  handle: Handler<P>,
): Promise<Outcome> {
  const outcome = await outcomeOf(read, options, handle);
  if (outcome.kind !== "acted") report(outcome, options);
  return outcome;
}

export function report(outcome: NotActed, options: BrokerOptions): void {
  (options.report ?? log)(outcome);
}

async function outcomeOf<P extends string | Uint8Array>(
  read: () => Delivery<P>,
  options: Acting,
  handle: Handler<P>,
): Promise<Outcome> {
  let delivery: Delivery<P>;
  let opened: Opened;
  try {
    delivery = read();
    opened = await open(delivery.payload, delivery.envelope, sealedId(delivery.envelope), options);
  } catch (cause) {
    return notActed(isFinal(cause) ? "dead" : "again", cause);
  }
  try {
    await handle(delivery.payload, opened);
    options.failures?.forget(opened.messageKey);
    return { kind: "acted" };
  } catch (cause) {
    return failed(opened, cause, options);
  }
}

/**
 * It does not become a dead letter if nothing would keep it, or if it is one already: the only copy is delivered again.
 */
function failed(
  { messageKey, provenance }: Opened,
  cause: unknown,
  { attempts = 5, dead, deadLetter, failures }: Acting,
): NotActed {
  const times = failures?.note(messageKey);
  const isDead = dead !== undefined && deadLetter !== true && times !== undefined && times >= attempts;
  if (isDead) failures?.forget(messageKey);
  return {
    kind: isDead ? "dead" : "again",
    rule: "handler_failed",
    description: times === undefined ? "the handler failed" : `the handler failed, time ${times}`,
    decision: provenance.decision,
    cause,
  };
}

/**
 * Brokers give a message another id when it is published twice or moved to another queue: so the delivery id is the one
 * that the producer sealed, which the gateway verifies.
 */
function sealedId(envelope: string): string {
  let id: unknown;
  try {
    id = decodeJwt(envelope).jti;
  } catch {
    throw new HopgateError("message_malformed", `\`${ENVELOPE}\` is not an envelope`);
  }
  if (typeof id === "string" && /^[A-Za-z0-9._~:-]{1,256}$/.test(id)) return id;
  throw new HopgateError("message_malformed", `\`jti\` of \`${ENVELOPE}\` is not the id of a message`);
}

/** The outcome of an error before or after the handler was called. */
export function notActed(kind: NotActed["kind"], cause: unknown): NotActed {
  const error = cause instanceof HopgateError ? cause : undefined;
  return {
    kind,
    rule: error?.refusal?.rule ?? error?.code ?? "failed",
    description: error?.message ?? "the message could not be opened",
    decision: error?.refusal?.decision,
    cause,
  };
}

/** As a header of the dead letter: one line. Pure. */
export function reasonOf({ rule, description }: NotActed): string {
  return `${rule}: ${description}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 1024);
}

function log({ kind, rule, description, decision, cause }: NotActed): void {
  const event = kind === "dead" ? "message_dead" : "message_again";
  const error = rule === "handler_failed" && cause instanceof Error ? cause.message : undefined;
  console.warn(JSON.stringify({ event, rule, description, decision, error }));
}
