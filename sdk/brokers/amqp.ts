/** RabbitMQ (AMQP 0-9-1), by a channel of `amqplib`. */
import { HopgateError } from "../errors.ts";
import { pause } from "../pause.ts";
import {
  act,
  type BrokerOptions,
  type Delivery,
  ENVELOPE,
  type Handler,
  type NotActed,
  notActed,
  REASON,
  reasonOf,
  report,
} from "./act.ts";
import { createFailures } from "./failures.ts";

export interface AmqpMessage {
  readonly content: Uint8Array;
  readonly properties: {
    readonly headers?: Readonly<Record<string, unknown>> | undefined;
    readonly messageId?: unknown;
  };
}

/** The methods of a `ConfirmChannel` that are used. */
export interface AmqpChannel {
  consume(queue: string, take: (message: AmqpMessage | null) => void): Promise<{ readonly consumerTag: string }>;
  ack(message: AmqpMessage): void;
  nack(message: AmqpMessage, allUpTo?: boolean, requeue?: boolean): void;
  sendToQueue(
    queue: string,
    content: Uint8Array,
    options: object,
    confirmed: (error: unknown, ok: unknown) => void,
  ): boolean;
  on(event: "return", hear: (message: AmqpMessage) => void): unknown;
}

export interface AmqpOptions extends BrokerOptions {
  readonly queue: string;
  /**
   * The queue of dead letters. Without it, messages whose refusal is final are only reported; meant for consumers of
   * dead letters.
   */
  readonly dead?: string | undefined;
}

/**
 * How a producer publishes a sealed message.
 *
 * @example
 * ```ts
 * channel.sendToQueue("refunds", Buffer.from(payload), amqpProperties(envelope));
 * await channel.waitForConfirms();
 * ```
 */
export function amqpProperties(envelope: string): { headers: Record<string, string>; persistent: true } {
  return { headers: { [ENVELOPE]: envelope }, persistent: true };
}

/**
 * Consumes a queue. A message is acknowledged when it was handled, or when the broker has confirmed its dead letter. A
 * quorum queue drops messages that were delivered more often than its `x-delivery-limit`, which is 20 by default since
 * RabbitMQ 4.0: set a higher one.
 *
 * @param channel a confirm channel with a `prefetch`, the number of messages that are handled or wait at a time
 * @returns the consumer tag, with which `channel.cancel` ends it
 */
export function consumeAmqp(
  channel: AmqpChannel,
  { queue, ...options }: AmqpOptions,
  handle: Handler<Uint8Array>,
): Promise<{ readonly consumerTag: string }> {
  const keep = options.dead === undefined ? undefined : keeperIn(channel, options.dead);
  const acting = { ...options, failures: createFailures() };
  const take = async (message: AmqpMessage): Promise<void> => {
    let outcome = await act(() => read(message), acting, handle);
    try {
      if (outcome.kind === "dead") await keep?.(message, outcome);
    } catch (cause) {
      outcome = notActed("again", cause);
      report(outcome, options);
    }
    if (outcome.kind === "again") await pause((options.delay ?? 30) * 1000);
    try {
      if (outcome.kind === "again") channel.nack(message, false, true);
      else channel.ack(message);
    } catch (cause) {
      // The channel has closed: the broker delivers the message again.
      report(notActed("again", cause), options);
    }
  };
  return channel.consume(queue, (message) => {
    if (message !== null) return void take(message);
    const cause = new HopgateError("unavailable", `the broker has cancelled the consumer of \`${queue}\``);
    report(notActed("again", cause), options);
  });
}

/** Publishes a dead letter, and resolves when the broker has confirmed it in a queue. */
function keeperIn(channel: AmqpChannel, dead: string): (message: AmqpMessage, why: NotActed) => Promise<void> {
  /**
   * Ids of messages that were returned because no queue accepted them, which the broker says before it confirms them.
   */
  const returned = new Set<unknown>();
  channel.on("return", ({ properties }) => returned.add(properties.messageId));
  return ({ content, properties }, why) =>
    new Promise((done, failed) => {
      const messageId = crypto.randomUUID();
      const headers = { [ENVELOPE]: properties.headers?.[ENVELOPE], [REASON]: reasonOf(why) };
      const sent = { headers, messageId, persistent: true, mandatory: true };
      channel.sendToQueue(dead, content, sent, (error) => {
        const isLost = returned.delete(messageId);
        if (error === null && !isLost) done();
        else failed(new HopgateError("unavailable", `the broker did not take the message into \`${dead}\``));
      });
    });
}

function read({ content, properties: { headers = {} } }: AmqpMessage): Delivery<Uint8Array> {
  const envelope = headers[ENVELOPE];
  if (typeof envelope !== "string")
    throw new HopgateError("message_malformed", `\`properties.headers.${ENVELOPE}\` is not a string`);
  return { envelope, payload: content };
}
