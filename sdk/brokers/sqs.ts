/** Amazon SQS, with the batches of AWS Lambda. */
import { HopgateError } from "../errors.ts";
import { act, type BrokerOptions, type Delivery, ENVELOPE, type Handler } from "./act.ts";

export interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly messageAttributes: Readonly<
    Record<string, { readonly stringValue?: string | undefined; readonly dataType: string }>
  >;
  readonly eventSourceARN: string;
}

export interface SqsFailures {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/**
 * The attributes of a sealed message, for its producer; the body is the payload.
 *
 * @example
 * ```ts
 * await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: payload, MessageAttributes: sqsAttributes(envelope) }));
 * ```
 */
export function sqsAttributes(envelope: string): { [ENVELOPE]: { DataType: "String"; StringValue: string } } {
  return { [ENVELOPE]: { DataType: "String", StringValue: envelope } };
}

/**
 * The handler of a Lambda function whose event source has `ReportBatchItemFailures`. Messages are handled one after
 * another; SQS deletes those that were handled. All others stay in the queue until its redrive policy moves them to the
 * dead-letter queue. The queue decides when and how often they are delivered again, so `delay` and `attempts` have no
 * effect here. In a FIFO queue, nothing is handled after a failure.
 *
 * @example
 * ```ts
 * export const handler = sqsHandler(options, (payload, { provenance }) => refund(JSON.parse(payload), provenance.subject));
 * ```
 */
export function sqsHandler(
  options: BrokerOptions,
  handle: Handler<string>,
): (event: { readonly Records: readonly SqsRecord[] }) => Promise<SqsFailures> {
  return async ({ Records: records }) => {
    const failed: SqsRecord[] = [];
    for (const [index, record] of records.entries()) {
      if ((await act(() => read(record), options, handle)).kind === "acted") continue;
      if (record.eventSourceARN.endsWith(".fifo")) {
        failed.push(...records.slice(index));
        break;
      }
      failed.push(record);
    }
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

function read({ body, messageAttributes }: SqsRecord): Delivery<string> {
  const { stringValue: envelope } = messageAttributes[ENVELOPE] ?? {};
  if (envelope === undefined)
    throw new HopgateError("message_malformed", `\`messageAttributes.${ENVELOPE}.stringValue\` is missing`);
  if (typeof body !== "string") throw new HopgateError("message_malformed", "`body` is not a string");
  return { envelope, payload: body };
}
