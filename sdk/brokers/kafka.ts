/** Kafka, by `eachMessage` of KafkaJS, which `@confluentinc/kafka-javascript` has too. */
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

/** The bytes of a header; a list if it occurs several times. */
type KafkaHeaders<B extends Uint8Array> = Record<string, B | string | (B | string)[] | undefined>;

/** A message from the client; `B` is the client's type of bytes, `Buffer`. */
export interface KafkaMessage<B extends Uint8Array = Uint8Array> {
  readonly key?: B | null;
  readonly value: B | null;
  readonly headers?: KafkaHeaders<B>;
}

/** The members of `EachMessagePayload` that are used. */
export interface KafkaPayload<B extends Uint8Array = Uint8Array> {
  readonly message: KafkaMessage<B>;
  /** Pauses the partition. @returns a function that resumes it */
  pause(): () => void;
}

/** Where dead letters go. */
export interface KafkaDeadLetters<B extends Uint8Array = Uint8Array> {
  /** A connected producer. */
  readonly producer: {
    send(record: { topic: string; acks: number; messages: Required<KafkaMessage<B>>[] }): Promise<unknown>;
  };
  readonly topic: string;
}

export interface KafkaOptions<B extends Uint8Array = Uint8Array> extends BrokerOptions {
  /** Without it, messages whose refusal is final are only reported; meant for consumers of dead letters. */
  readonly dead?: KafkaDeadLetters<B> | undefined;
}

/**
 * The headers of a sealed message, for its producer.
 *
 * @example
 * ```ts
 * await producer.send({ topic: "refunds", messages: [{ key: order, value: payload, headers: kafkaHeaders(envelope) }] });
 * ```
 */
export function kafkaHeaders(envelope: string): { [ENVELOPE]: string } {
  return { [ENVELOPE]: envelope };
}

/**
 * The `eachMessage` of a consumer. It returns, so that the client commits the offset, when the message was handled or
 * all replicas have its dead letter. Otherwise it pauses the partition for `delay` seconds and throws, so that the
 * client delivers the same offset again: the partition waits for that message, because Kafka commits offsets in order.
 *
 * @example
 * ```ts
 * await consumer.run({ eachMessage: kafkaEachMessage({ ...options, dead: { producer, topic: "refunds.dead" } }, refund) });
 * ```
 */
export function kafkaEachMessage<B extends Uint8Array>(
  options: KafkaOptions<B>,
  handle: Handler<B>,
): (payload: KafkaPayload<B>) => Promise<void> {
  const acting = { ...options, failures: createFailures() };
  return async ({ message, pause }) => {
    let outcome = await act(() => read(message), acting, handle);
    try {
      if (outcome.kind === "dead" && options.dead !== undefined) await keep(message, reasonOf(outcome), options.dead);
    } catch (cause) {
      outcome = notActed("again", cause);
      report(outcome, options);
    }
    if (outcome.kind !== "again") return;
    setTimeout(pause(), (options.delay ?? 30) * 1000);
    throw new HopgateError("unavailable", `the message is delivered again: ${outcome.rule}`, { cause: outcome.cause });
  };
}

/** Resolves when all replicas in sync have it. */
async function keep<B extends Uint8Array>(
  { key, value, headers }: KafkaMessage<B>,
  reason: string,
  { producer, topic }: KafkaDeadLetters<B>,
): Promise<void> {
  const kept = { key: key ?? null, value, headers: { [ENVELOPE]: headers?.[ENVELOPE], [REASON]: reason } };
  await producer.send({ topic, acks: -1, messages: [kept] });
}

function read<B extends Uint8Array>({ value, headers }: KafkaMessage<B>): Delivery<B> {
  const envelope = headers?.[ENVELOPE];
  if (value === null) throw new HopgateError("message_malformed", "`value` is missing");
  if (envelope === undefined) throw new HopgateError("message_malformed", `\`headers.${ENVELOPE}\` is missing`);
  if (typeof envelope === "string") return { envelope, payload: value };
  if (!(envelope instanceof Uint8Array))
    throw new HopgateError("message_malformed", `\`headers.${ENVELOPE}\` occurs more than once`);
  return { envelope: new TextDecoder().decode(envelope), payload: value };
}
