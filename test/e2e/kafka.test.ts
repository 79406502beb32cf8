/** Sealed messages of a partition of Kafka, as KafkaJS passes them to `eachMessage`. No broker runs here. */
import type { EachMessageHandler, Producer, ProducerRecord, RecordBatchEntry } from "kafkajs";
import { beforeAll, expect, test } from "vitest";
import { askConsole, startSession } from "../../cli/people.ts";
import { type Handler, type KafkaOptions, kafkaEachMessage, kafkaHeaders, type NotActed } from "../../sdk/brokers.ts";
import { HopgateError } from "../../sdk/envelope.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { ADMIN_TOKEN, type World } from "./harness.ts";
import { agentChain, endTask, libraryKey, newTask, REFUNDS, sealed } from "./messages.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

type Message = Omit<RecordBatchEntry, "offset">;

/** As KafkaJS decodes a record of a fetch. */
function recorded(value: string | null, headers: Message["headers"] = {}): Message {
  const bytes = value === null ? null : Buffer.from(value);
  return { key: Buffer.from("order-17"), value: bytes, timestamp: "1795738526000", attributes: 0, headers };
}

const withEnvelope = (value: string, envelope: string): Message =>
  recorded(value, { "hop-envelope": Buffer.from(kafkaHeaders(envelope)["hop-envelope"]) });

interface Consumed {
  /** Offsets that the client would commit, in order. */
  readonly committed: string[];
  readonly dead: ProducerRecord[];
  readonly reports: NotActed[];
}

/**
 * Delivers a partition as KafkaJS does (src/consumer/runner.js): in order, the same offset again after an error, and
 * nothing while the partition is paused.
 */
async function consume(
  messages: readonly Message[],
  more: Partial<KafkaOptions<Buffer>> & { readonly lost?: number },
  handle: Handler<Buffer>,
): Promise<Consumed> {
  const key = libraryKey(await keyNamed("service"));
  const consumed: Consumed = { committed: [], dead: [], reports: [] };
  let lost = more.lost ?? 0;
  const producer: Pick<Producer, "send"> = {
    send: async (record) => {
      if (lost-- > 0) throw new Error("the broker is gone");
      consumed.dead.push(record);
      return [];
    },
  };
  const eachMessage: EachMessageHandler = kafkaEachMessage(
    {
      ...{ route: `${world.url}/jobs/refunds`, issuer: CAST.gateway, audience: REFUNDS, key, delay: 0.01 },
      dead: { producer, topic: "refunds.dead" },
      report: (outcome) => consumed.reports.push(outcome),
      ...more,
    },
    handle,
  );
  for (const [offset, message] of messages.entries()) {
    let [done, paused] = [false, Promise.resolve()];
    const pause = (): (() => void) => {
      let resume = (): void => undefined;
      paused = new Promise<void>((resumed) => {
        resume = resumed;
      });
      return () => resume();
    };
    while (!done) {
      const delivered = { ...message, offset: String(offset) };
      const payload = { topic: "refunds", partition: 0, message: delivered, heartbeat: async () => undefined, pause };
      done = await eachMessage(payload).then(
        () => true,
        () => false,
      );
      await paused;
    }
    consumed.committed.push(String(offset));
  }
  return consumed;
}

function reasonsOf({ dead }: Consumed): string[] {
  return dead.map(({ messages }) => String(messages[0]?.headers?.["hop-reason"]).split(" ")[0] as string);
}

test("a valid message is handled, each copy under the same key; any other becomes a dead letter that names the field or rule", async () => {
  const txn = newTask();
  const [good, ended] = [
    await sealed("good", await agentChain(newTask())),
    await sealed("ended", await agentChain(txn)),
  ];
  await endTask(world, txn);
  const envelope = Buffer.from(good);
  const handled: string[] = [];
  const consumed = await consume(
    [
      withEnvelope("good", good),
      withEnvelope("good", good),
      recorded("good", { "hop-envelope": good }),
      recorded("unsealed"),
      recorded("twice", { "hop-envelope": [envelope, envelope] }),
      recorded(null, { "hop-envelope": envelope }),
      withEnvelope("changed", good),
      withEnvelope("ended", ended),
      withEnvelope("no jws", "no jws"),
    ],
    {},
    (payload, { messageKey }) => void handled.push(`${payload} ${messageKey}`),
  );
  expect(handled).toHaveLength(3);
  expect(new Set(handled).size).toBe(1);
  expect(consumed.committed).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
  expect(reasonsOf(consumed)).toEqual([
    ...["message_malformed:", "message_malformed:", "message_malformed:"],
    ...["envelope_digest:", "revoked:", "message_malformed:"],
  ]);
  expect(consumed.reports.map(({ description }) => description)).toEqual(
    expect.arrayContaining([
      "`headers.hop-envelope` is missing",
      "`headers.hop-envelope` occurs more than once",
      "`value` is missing",
    ]),
  );
  expect(consumed.dead[3]).toMatchObject({
    topic: "refunds.dead",
    acks: -1,
    messages: [{ key: Buffer.from("order-17"), value: Buffer.from("changed"), headers: { "hop-envelope": envelope } }],
  });
});

test("a message whose handler fails blocks its partition, and is given up after the configured number of failures", async () => {
  const payloads = ["fails", "next"];
  const messages = await Promise.all(
    payloads.map(async (payload) => withEnvelope(payload, await sealed(payload, await agentChain(newTask())))),
  );
  const handled: string[] = [];
  const consumed = await consume(messages, { attempts: 3 }, (payload) => {
    handled.push(String(payload));
    if (String(payload) === "fails") throw new Error("the database is down");
  });
  expect(handled).toEqual(["fails", "fails", "fails", "next"]);
  expect(consumed.reports.map(({ kind }) => kind)).toEqual(["again", "again", "dead"]);
  expect(reasonsOf(consumed)).toEqual(["handler_failed:"]);
});

test("if the dead letter cannot be stored, the offset is not committed, and the message is delivered again", async () => {
  const consumed = await consume([recorded("unsealed")], { lost: 2 }, () => undefined);
  expect(consumed.dead).toHaveLength(1);
  expect(consumed.committed).toEqual(["0"]);
  expect(consumed.reports.map(({ kind }) => kind)).toEqual(["dead", "again", "dead", "again", "dead"]);
});

test("waiting for an approval does not count as a failure of the handler, however often the message waits", async () => {
  const payload = `export ${crypto.randomUUID()}`;
  const envelope = await sealed(payload, await agentChain(newTask()), { scopes: ["orders:read"] });
  const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
  const session = await startSession(remote, { name: "petra", groups: ["data-protection"] });
  const waits = new Map<string, number>();
  const votes: Promise<unknown>[] = [];
  const report = ({ cause }: NotActed): void => {
    const approval = cause instanceof HopgateError ? cause.refusal?.approval?.id : undefined;
    if (approval === undefined) return;
    const times = (waits.get(approval) ?? 0) + 1;
    waits.set(approval, times);
    const vote = { decision: "approve", group: "data-protection" };
    if (times === 4) votes.push(askConsole(remote, session, `approvals/${approval}`, vote));
  };
  let failed = 0;
  const exports = { route: `${world.url}/jobs/exports`, audience: "https://orders.acme.example", attempts: 2, report };
  const consumed = await consume([withEnvelope(payload, envelope)], exports, () => {
    failed += 1;
    if (failed === 1) throw new Error("the database is down");
  });
  await Promise.all(votes);
  expect([failed, waits.size, consumed.dead, consumed.committed]).toEqual([2, 2, [], ["0"]]);
});
