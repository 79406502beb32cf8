/** Consumers of the three queues. What fails is delivered again; delivering twice changes nothing. */
import { deliver, type Notice } from "./events/notices.ts";
import { archive } from "./state/archive.ts";
import type { AuditMessage } from "./state/audit.ts";
import type { ArchiveMessage } from "./state/event.ts";
import type { Signer } from "./trust/signing.ts";

export type QueueMessage = AuditMessage | ArchiveMessage | Notice;

export interface QueueEdges {
  append(message: AuditMessage): Promise<unknown>;
  readonly bucket: R2Bucket;
  /** Where notices go; undefined where the configuration names no address. */
  readonly notify: string | undefined;
  signer(): Promise<Signer | undefined>;
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export async function consume(batch: MessageBatch<QueueMessage>, edges: QueueEdges): Promise<void> {
  // A deployment may prefix or suffix the names of its queues.
  if (batch.queue.includes("archive")) {
    return archive(batch as MessageBatch<ArchiveMessage>, edges.bucket, new Date(edges.now()));
  }
  const one = batch.queue.includes("notices")
    ? (body: QueueMessage) => notify(body as Notice, edges)
    : (body: QueueMessage) => edges.append(body as AuditMessage);
  for (const message of batch.messages) {
    try {
      await one(message.body);
      message.ack();
    } catch (error) {
      console.warn(JSON.stringify({ event: "queue_retry", queue: batch.queue, id: message.id, error: String(error) }));
      message.retry();
    }
  }
}

async function notify(notice: Notice, { notify: url, signer, fetch, now }: QueueEdges): Promise<void> {
  const signs = await signer();
  if (url === undefined || signs === undefined) throw new Error("notices have nowhere to go, or no key to sign with");
  await deliver(notice, url, signs, { fetch, now });
}
