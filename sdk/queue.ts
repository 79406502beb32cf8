/** Consumers of Cloudflare Queues: every message is opened when it is acted on. */
import { HopgateError, type Refusal } from "./errors.ts";
import { isFinal } from "./final.ts";
import { type Opened, type Opening, open } from "./open.ts";

/** What travels on the queue. */
export interface SealedMessage {
  /** As `seal` made it, over `payload` to the byte. */
  readonly envelope: string;
  readonly payload: string;
}

/** A message of a queue, as Workers hand it out. */
interface QueueMessage {
  readonly id: string;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}
interface QueueBatch {
  readonly queue: string;
  readonly messages: readonly QueueMessage[];
}

export interface QueueOptions extends Opening {
  /**
   * A message that is refused for good: its task has ended, it was changed, it is too old. It is acknowledged afterwards, so
   * that it does not come back; put it where people see it. Default: a line in the log.
   */
  readonly refused?: ((message: QueueMessage, refusal: Refusal | undefined) => unknown) | undefined;
  /** Seconds until a message comes again that waits for an approval, or whose gateway cannot answer. Default 30. */
  readonly delay?: number | undefined;
}

/**
 * The `queue` handler of a Worker. Messages of a batch are opened one by one, each on its own: one that is refused does not hold
 * up the others. Where the handler throws, the message is delivered again, and opened again.
 *
 * @example
 * ```ts
 * export default {
 *   queue: queueConsumer(
 *     (env: Env) => ({ route, issuer, audience, key: JSON.parse(env.CONSUMER_KEY) }),
 *     async (payload, { provenance }, env) => refund(JSON.parse(payload), provenance.subject),
 *   ),
 * };
 * ```
 *
 * @param optionsOf what the Worker's bindings make of the options
 * @param handle acts on one message that may be acted on
 */
export function queueConsumer<Env>(
  optionsOf: (env: Env) => QueueOptions,
  handle: (payload: string, opened: Opened, env: Env) => unknown,
): (batch: QueueBatch, env: Env) => Promise<void> {
  return async ({ messages }, env) => {
    const { refused = logRefusal, delay = 30, ...opening } = optionsOf(env);
    for (const message of messages) {
      try {
        const { envelope, payload } = sealedOf(message.body);
        await handle(payload, await open(payload, envelope, message.id, opening), env);
        message.ack();
      } catch (error) {
        if (!isFinal(error)) message.retry({ delaySeconds: delay });
        else {
          await refused(message, error.refusal);
          message.ack();
        }
      }
    }
  };
}

function sealedOf(body: unknown): SealedMessage {
  const { envelope, payload } = (body ?? {}) as Partial<SealedMessage>;
  if (typeof envelope !== "string") throw new HopgateError("message_malformed", "`body.envelope` is no text");
  if (typeof payload !== "string") throw new HopgateError("message_malformed", "`body.payload` is no text");
  return { envelope, payload };
}

function logRefusal({ id }: QueueMessage, refusal: Refusal | undefined): void {
  const { rule, decision } = refusal ?? {};
  console.warn(JSON.stringify({ event: "message_refused", id, rule: rule ?? "not_sealed", decision }));
}
