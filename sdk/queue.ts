/** Consumers of Cloudflare Queues, which open every message when it is processed. */
import { HopgateError, type Refusal } from "./errors.ts";
import { isFinal } from "./final.ts";
import { type Opened, type Opening, open } from "./open.ts";

/** A message on the queue. */
export interface SealedMessage {
  /** From `seal`, over exactly this `payload`. */
  readonly envelope: string;
  readonly payload: string;
}

/** A message of a queue in a Worker. */
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
   * Called for a message whose refusal is final: its task has ended, it was changed, or it is too old. It is
   * acknowledged afterwards and not delivered again, so put it where people see it. Default: a line in the log.
   */
  readonly refused?: ((message: QueueMessage, refusal: Refusal | undefined) => unknown) | undefined;
  /**
   * Seconds until a message is delivered again if it waits for an approval, or the gateway cannot answer. Default 30.
   */
  readonly delay?: number | undefined;
}

/**
 * The `queue` handler of a Worker. Messages of a batch are opened one by one; a refused one does not hold up the
 * others. If the handler throws, the message is delivered and opened again.
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
 * @param optionsOf makes the options from the Worker's bindings
 * @param handle handles one verified message
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
  if (typeof envelope !== "string") throw new HopgateError("message_malformed", "`body.envelope` is not a string");
  if (typeof payload !== "string") throw new HopgateError("message_malformed", "`body.payload` is not a string");
  return { envelope, payload };
}

function logRefusal({ id }: QueueMessage, refusal: Refusal | undefined): void {
  const { rule, decision } = refusal ?? {};
  console.warn(JSON.stringify({ event: "message_refused", id, rule: rule ?? "not_sealed", decision }));
}
