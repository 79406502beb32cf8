/** RabbitMQ by amqplib: a quorum queue, and one for what is given up. */
import { connect } from "amqplib";
import { amqpProperties, consumeAmqp } from "../../../sdk/brokers.ts";
import type { Client } from "./client.ts";

const QUEUE = "jobs";
const DEAD = "jobs.dead";

export async function connectTo(port: number): Promise<Client> {
  const connection = await connect(`amqp://127.0.0.1:${port}`);
  const channel = await connection.createConfirmChannel();
  await channel.prefetch(8);
  for (const queue of [QUEUE, DEAD])
    await channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "quorum" } });
  return {
    publish: async (payload, envelope) => {
      channel.sendToQueue(QUEUE, Buffer.from(payload), amqpProperties(envelope));
      await channel.waitForConfirms();
    },
    publishUnsealed: async (payload) => {
      channel.sendToQueue(QUEUE, Buffer.from(payload), { persistent: true });
      await channel.waitForConfirms();
    },
    takeDead: async () => {
      const message = await channel.get(DEAD);
      if (message === false) return undefined;
      channel.ack(message);
      return { payload: message.content.toString(), reason: String(message.properties.headers?.["hop-reason"]) };
    },
    consume: async (options, handle) => {
      const queues = options.deadLetter ? { queue: DEAD } : { queue: QUEUE, dead: DEAD };
      await consumeAmqp(channel, { ...options, ...queues }, handle);
    },
    close: () => connection.close(),
  };
}
