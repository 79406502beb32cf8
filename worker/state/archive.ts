/** The long-term store: JSON lines of CloudEvents in R2, one object a batch of the queue. */
import { type ArchiveMessage, entryEvent } from "./event.ts";

/**
 * `ledger/<year>/<month>/<day>/<time>-<id of the batch's first message>.jsonl`. A batch that is delivered again makes an
 * object of its own: readers take an entry once, by task and number.
 */
function archiveKey(time: Date, firstMessage: string): string {
  const iso = time.toISOString();
  return `ledger/${iso.slice(0, 10).replaceAll("-", "/")}/${iso.slice(11, 23).replaceAll(":", "")}-${firstMessage}.jsonl`;
}

export async function archive(batch: MessageBatch<ArchiveMessage>, bucket: R2Bucket, time: Date): Promise<void> {
  const [first] = batch.messages;
  if (first === undefined) return;
  const lines = batch.messages.map(({ body: { task, entry } }) => `${JSON.stringify(entryEvent(task, entry))}\n`);
  await bucket.put(archiveKey(time, first.id), lines.join(""), {
    httpMetadata: { contentType: "application/jsonl" },
  });
}
