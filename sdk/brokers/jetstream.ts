/** NATS JetStream, by the messages of `@nats-io/jetstream`. */
import { HopgateError } from "../errors.ts";
import {
  act,
  type BrokerOptions,
  type Delivery,
  ENVELOPE,
  type Handler,
  notActed,
  REASON,
  reasonOf,
  report,
} from "./act.ts";
import { createFailures } from "./failures.ts";

/** The methods of `MsgHdrs` that are used; a missing header is the empty string. */
export interface NatsHeaders {
  get(name: string): string;
  set(name: string, value: string): void;
}

export interface JetStreamMessage {
  readonly data: Uint8Array;
  readonly headers?: NatsHeaders | undefined;
  ackAck(): Promise<boolean>;
  nak(milliseconds?: number): void;
}

/** Subject of the dead letters, which a stream must keep. */
export interface JetStreamDeadLetters<H extends NatsHeaders = NatsHeaders> {
  /** `jetstream(connection)`. */
  readonly js: {
    publish(subject: string, payload: Uint8Array, options: { headers: H }): Promise<unknown>;
  };
  readonly subject: string;
  /** `headers` of `@nats-io/transport-node`. */
  readonly headers: () => H;
}

export interface JetStreamOptions<H extends NatsHeaders = NatsHeaders> extends BrokerOptions {
  /** Without it, messages whose refusal is final are only reported; meant for consumers of dead letters. */
  readonly dead?: JetStreamDeadLetters<H> | undefined;
}

/**
 * The headers of a sealed message, for its producer.
 *
 * @example
 * ```ts
 * await js.publish("refunds", payload, { headers: jetStreamHeaders(headers(), envelope) });
 * ```
 */
export function jetStreamHeaders<H extends NatsHeaders>(headers: H, envelope: string): H {
  headers.set(ENVELOPE, envelope);
  return headers;
}

/**
 * Consumes messages one after another, until they end. A message is acknowledged when it was handled, or when a stream
 * has its dead letter. The consumer's `max_deliver` must be larger than the number of times that a message waits for an
 * approval or fails, because JetStream drops it after that.
 *
 * @param messages `await consumer.consume()`
 */
export async function consumeJetStream<H extends NatsHeaders>(
  messages: AsyncIterable<JetStreamMessage>,
  options: JetStreamOptions<H>,
  handle: Handler<Uint8Array>,
): Promise<void> {
  const acting = { ...options, failures: createFailures() };
  for await (const message of messages) {
    let outcome = await act(() => read(message), acting, handle);
    try {
      if (outcome.kind === "dead" && options.dead !== undefined) await keep(message, reasonOf(outcome), options.dead);
      if (outcome.kind !== "again") await message.ackAck();
    } catch (cause) {
      outcome = notActed("again", cause);
      report(outcome, options);
    }
    if (outcome.kind === "again") message.nak((options.delay ?? 30) * 1000);
  }
}

/** Resolves when a stream has it. */
async function keep<H extends NatsHeaders>(
  { data, headers: before }: JetStreamMessage,
  reason: string,
  { js, subject, headers }: JetStreamDeadLetters<H>,
): Promise<void> {
  const after = jetStreamHeaders(headers(), before?.get(ENVELOPE) ?? "");
  after.set(REASON, reason);
  await js.publish(subject, data, { headers: after });
}

function read({ data, headers }: JetStreamMessage): Delivery<Uint8Array> {
  const envelope = headers?.get(ENVELOPE) ?? "";
  if (envelope === "") throw new HopgateError("message_malformed", `\`headers.${ENVELOPE}\` is missing`);
  return { envelope, payload: data };
}
