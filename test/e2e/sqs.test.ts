/** Sealed messages in batches of SQS as AWS Lambda gets them, by the documentation of AWS. */
import type { SQSHandler, SQSRecord } from "aws-lambda";
import { beforeAll, expect, test } from "vitest";
import { type Handler, type NotActed, sqsAttributes, sqsHandler } from "../../sdk/brokers.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import type { World } from "./harness.ts";
import { agentChain, endTask, libraryKey, newTask, REFUNDS, sealed } from "./messages.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

/** As a Lambda function receives it ("Using Lambda with Amazon SQS", example of a message event). */
function record(body: string, envelope: string | undefined, queue = "jobs", received = 1): SQSRecord {
  const messageAttributes =
    envelope === undefined
      ? {}
      : { "hop-envelope": { stringValue: sqsAttributes(envelope)["hop-envelope"].StringValue, dataType: "String" } };
  return {
    messageId: crypto.randomUUID(),
    receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
    body,
    attributes: {
      ApproximateReceiveCount: String(received),
      SentTimestamp: "1545082649183",
      SenderId: "AIDAIENQZJOLO23YVJ4VO",
      ApproximateFirstReceiveTimestamp: "1545082649185",
    },
    messageAttributes,
    md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:us-east-2:123456789012:${queue}`,
    awsRegion: "us-east-2",
  };
}

/** @returns ids of what stays in the queue */
async function deliver(
  records: SQSRecord[],
  handle: Handler<string>,
  report?: (outcome: NotActed) => void,
): Promise<string[]> {
  const key = libraryKey(await keyNamed("service"));
  const opening = { route: `${world.url}/jobs/refunds`, issuer: CAST.gateway, audience: REFUNDS, key, report };
  // The type that functions are deployed by.
  const handler: SQSHandler = (event) => sqsHandler(opening, handle)(event);
  const answer = await handler({ Records: records }, {} as never, () => undefined);
  return (answer?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
}

test("a batch: what may be acted on is, and all else stays in the queue, with the field or rule told", async () => {
  const txn = newTask();
  const ended = await sealed("ended", await agentChain(txn));
  await endTask(world, txn);
  const good = await sealed("good", await agentChain(newTask()));
  const records = [
    record("unsealed", undefined),
    record("good", good),
    record("changed", good),
    record("ended", ended),
    record("no jws", "no jws"),
    // A copy under another id.
    record("good", good),
  ];
  const handled: string[][] = [];
  const told: string[] = [];
  const failed = await deliver(
    records,
    (payload, { provenance, messageKey }) => handled.push([payload, provenance.subject.sub, messageKey]),
    ({ kind, rule, description }) => told.push(`${kind} ${rule === "message_malformed" ? description : rule}`),
  );
  const ids = records.map(({ messageId }) => messageId);
  expect(failed).toEqual([ids[0], ids[2], ids[3], ids[4]]);
  expect(told).toEqual([
    "dead `messageAttributes.hop-envelope.stringValue` is missing",
    "dead envelope_digest",
    "dead revoked",
    "dead `hop-envelope` is not an envelope",
  ]);
  expect(handled).toEqual([
    ["good", "alice", expect.any(String)],
    ["good", "alice", handled[0]?.[2]],
  ]);
});

test("a message whose handler fails is not reported as given up, however often it was delivered, because SQS still has it", async () => {
  const message = record("x", await sealed("x", await agentChain(newTask())), "jobs", 1_000);
  const told: string[] = [];
  const fail = (): never => {
    throw new Error("the database is down");
  };
  const failed = await deliver([message], fail, ({ kind, rule }) => told.push(`${kind} ${rule}`));
  expect(failed).toEqual([message.messageId]);
  expect(told).toEqual(["again handler_failed"]);
});

test("of a FIFO queue nothing is handled after what failed, and what failed is delivered again", async () => {
  const records = await Promise.all(
    ["one", "two", "three"].map(async (each) =>
      record(each, await sealed(each, await agentChain(newTask())), "jobs.fifo"),
    ),
  );
  const handled: string[] = [];
  let isDown = true;
  const handle = (payload: string): void => {
    if (payload === "two" && isDown) throw new Error("the database is down");
    handled.push(payload);
  };
  const failed = await deliver(records, handle, () => undefined);
  expect([handled, failed]).toEqual([["one"], records.slice(1).map(({ messageId }) => messageId)]);
  isDown = false;
  expect(await deliver(records.slice(1), handle)).toEqual([]);
  expect(handled).toEqual(["one", "two", "three"]);
});

test("without a gateway no message is handled, and none is deleted", async () => {
  const { url } = world;
  world = { ...world, url: "http://127.0.0.1:9" };
  try {
    const message = record("x", await sealed("x", await agentChain(newTask())));
    const told: string[] = [];
    expect(
      await deliver(
        [message],
        () => expect.unreachable(),
        ({ kind, rule }) => told.push(`${kind} ${rule}`),
      ),
    ).toEqual([message.messageId]);
    expect(told).toEqual(["again unavailable"]);
  } finally {
    world = { ...world, url };
  }
});
