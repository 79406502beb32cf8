/** Sealed messages through a real RabbitMQ. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { amqpProperties, consumeAmqp, type NotActed } from "../../sdk/brokers.ts";
import { kills } from "../cases.ts";
import { startWorld, type World } from "../e2e/harness.ts";
import { agentChain, newTask, sealed } from "../e2e/messages.ts";
import { testConsumer } from "./brokers/behaviour.ts";
import { startExample } from "./brokers/example.ts";
import { consumingAt, killEach, type Victim } from "./brokers/faults.ts";
import { type Broker, rabbitmqInstalled, startRabbitmq } from "./brokers/rabbitmq.ts";

/**
 * Consumer and producer a hundred times, if all are made, and the broker four times, because it takes seconds to start.
 */
const KILLED: readonly (readonly Victim[])[] = Array.from({ length: kills(104) }, (_, i) =>
  i % 26 === 8 ? ["broker"] : ["consumer", "producer"],
);

/** Many times the three minutes that they take on two cores. */
const LONG_MS = 3_600_000;

const isInstalled = await rabbitmqInstalled();
if (!isInstalled) console.warn("no rabbitmq-server here: its consumers are not tested");

describe.skipIf(!isInstalled)("RabbitMQ", () => {
  let world: World;
  let broker: Broker;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hopgate-rabbitmq-"));
    [world, broker] = await Promise.all([startWorld(), startRabbitmq(`${folder}/broker`)]);
  }, 120_000);
  afterAll(async () => {
    await broker.stop();
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  });

  testConsumer(
    () => ({ broker: "amqp", port: broker.port, world }),
    "`properties.headers.hop-envelope` is not a string",
  );

  test("a message that no queue of dead letters accepts is not acknowledged", async () => {
    const connection = await connect(`amqp://127.0.0.1:${broker.port}`);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue("kept", { arguments: { "x-queue-type": "quorum" } });
    const told: string[] = [];
    const options = {
      ...(await consumingAt(world)),
      report: ({ kind, description }: NotActed) => told.push(`${kind} ${description}`),
    };
    await consumeAmqp(channel, { ...options, queue: "kept", dead: "nowhere" }, () => undefined);
    channel.sendToQueue("kept", Buffer.from("unsealed"), { persistent: true });
    await expect.poll(() => told).toContain("again the broker did not take the message into `nowhere`");
    await connection.close();
    const later = await connect(`amqp://127.0.0.1:${broker.port}`);
    const { messageCount } = await (await later.createChannel()).checkQueue("kept");
    expect(messageCount).toBe(1);
    await later.close();
  });

  test("rabbitmq.ts of docs/messages.md handles a message once, and none that was changed", async () => {
    const example = await startExample("rabbitmq.ts", { GATEWAY: world.url, AMQP: `amqp://127.0.0.1:${broker.port}` });
    const connection = await connect(`amqp://127.0.0.1:${broker.port}`);
    try {
      const channel = await connection.createConfirmChannel();
      const envelope = await sealed("17", await agentChain(newTask()));
      const queueArguments = { "x-queue-type": "quorum", "x-delivery-limit": 1_000_000 };
      for (const queue of ["refunds", "refunds.dead"]) await channel.assertQueue(queue, { arguments: queueArguments });
      for (const payload of ["17", "18", "17"])
        channel.sendToQueue("refunds", Buffer.from(payload), amqpProperties(envelope));
      await channel.waitForConfirms();
      await expect.poll(async () => (await channel.checkQueue("refunds.dead")).messageCount).toBe(1);
      await expect.poll(() => example.output).toContain("refund for alice: 17\n");
      expect(example.output.match(/refund for/g)).toHaveLength(1);
    } finally {
      await connection.close();
      await example.kill();
    }
  });

  test(
    "consumer, producer and broker are killed: nothing confirmed is lost, nothing is done twice",
    async () => {
      await killEach(KILLED, "amqp", broker, world, folder);
    },
    LONG_MS,
  );
});
