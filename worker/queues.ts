/** Consumer of the queue of notices. What fails is delivered again; delivering twice changes nothing. */

import { deliver, type Notice } from "./approval/notices.ts";
import { logFailure } from "./log.ts";
import type { Signer } from "./trust/signing.ts";

export interface QueueEdges {
  /** Where notices go; undefined if the configuration names no address. */
  readonly notify: string | undefined;
  signer(): Promise<Signer | undefined>;
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export async function consume(batch: MessageBatch<Notice>, edges: QueueEdges): Promise<void> {
  for (const message of batch.messages) {
    try {
      await notify(message.body, edges);
      message.ack();
    } catch (error) {
      logFailure("queue_retry", { about: { queue: batch.queue, message: message.id } }, error);
      message.retry();
    }
  }
}

async function notify(notice: Notice, { notify: url, signer, fetch, now }: QueueEdges): Promise<void> {
  const signs = await signer();
  if (url === undefined || signs === undefined)
    throw new Error("no address for notices is configured, or there is no key to sign with");
  await deliver(notice, url, signs, { fetch, now });
}
