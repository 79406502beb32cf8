/** What every consumer does with a delivery, whatever broker it is from: open, verify, act; and what becomes of the message. */
import { decodeJwt } from "jose";
import { HopgateError } from "../errors.ts";
import { isFinal } from "../final.ts";
import { type Opened, type Opening, open } from "../open.ts";
import type { Failures } from "./failures.ts";

/** Header, attribute or property that holds the envelope; the body is the payload. */
export const ENVELOPE = "hop-envelope";
/** Of a dead letter: why it was given up. */
export const REASON = "hop-reason";

export interface BrokerOptions extends Opening {
  /** Seconds until a message comes again that waits for an approval, whose gateway cannot answer, or whose handler failed. Default 30. */
  readonly delay?: number | undefined;
  /**
   * Failures of the handler after which a message becomes a dead letter, as this consumer counts them; deliveries that wait for an approval
   * or for the gateway are none. Default 5. A dead letter itself, and a message where there is no place for dead letters, comes again however often its handler fails.
   */
  readonly attempts?: number | undefined;
  /** Told of each message that was not acted on. Default: a line in the log. */
  readonly report?: ((outcome: NotActed) => void) | undefined;
}

/** What `act` reads: the options of an adapter. */
export interface Acting extends BrokerOptions {
  /** The adapter's place for dead letters. */
  readonly dead?: unknown;
  /** Absent where the broker itself says when a message is given up. */
  readonly failures?: Failures | undefined;
}

/** Acts on one message. Write `opened.messageKey` in the transaction of what it does: brokers deliver again. */
export type Handler<P> = (payload: P, opened: Opened) => unknown;

/** A delivery, as an adapter has read it. */
export interface Delivery<P extends string | Uint8Array> {
  readonly envelope: string;
  readonly payload: P;
}

/** `again`: it comes again later. `dead`: it is given up, and kept among the dead letters. */
export interface NotActed {
  readonly kind: "again" | "dead";
  /** The rule that the gateway named, a code of the library, or `handler_failed`. */
  readonly rule: string;
  readonly description: string;
  /** Under which the ledger has it. */
  readonly decision: string | undefined;
  readonly cause: unknown;
}
export type Outcome = { readonly kind: "acted" } | NotActed;

/** @param read reads the delivery @throws nothing: what fails is the outcome */
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

/** It becomes no dead letter where nothing would keep it, nor where it is one already: the only copy comes again. */
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
 * Brokers give a message another id when it is published twice or moved to another queue: it is delivered under the id that its
 * producer sealed, which the gateway verifies.
 */
function sealedId(envelope: string): string {
  let id: unknown;
  try {
    id = decodeJwt(envelope).jti;
  } catch {
    throw new HopgateError("message_malformed", `\`${ENVELOPE}\` is no envelope`);
  }
  if (typeof id === "string" && /^[A-Za-z0-9._~:-]{1,256}$/.test(id)) return id;
  throw new HopgateError("message_malformed", `\`jti\` of \`${ENVELOPE}\` is no id of a message`);
}

/** An outcome of what went wrong before the handler was called, or after. */
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
