/** NATS JetStream by its own client: a stream of work, and one of what is given up. */
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import { consumeJetStream, jetStreamHeaders } from "../../../sdk/brokers.ts";
import type { Client } from "./client.ts";

const JOBS = "jobs";
const DEAD = "dead";

export async function connectTo(port: number): Promise<Client> {
  const connection = await connect({ port, reconnect: false });
  const [js, manager] = [jetstream(connection), await jetstreamManager(connection)];
  for (const name of [JOBS, DEAD]) {
    await manager.streams.add({ name, subjects: [name] });
    await manager.consumers.add(name, { durable_name: name, ack_policy: AckPolicy.Explicit, ack_wait: 1_000_000_000 });
  }
  return {
    publish: async (payload, envelope) => {
      await js.publish(JOBS, payload, { headers: jetStreamHeaders(headers(), envelope) });
    },
    publishUnsealed: async (payload) => {
      await js.publish(JOBS, payload);
    },
    takeDead: async () => {
      const message = await (await js.consumers.get(DEAD, DEAD)).next({ expires: 1000 });
      if (message === null) return undefined;
      await message.ackAck();
      return { payload: message.string(), reason: message.headers?.get("hop-reason") ?? "" };
    },
    consume: async (options, handle) => {
      const name = options.deadLetter ? DEAD : JOBS;
      const dead = options.deadLetter ? undefined : { js, subject: DEAD, headers };
      const consumer = await js.consumers.get(name, name);
      // Fetched ahead they would wait for `ack_wait` when the process is killed.
      const messages = await consumer.consume({ max_messages: 2 });
      void consumeJetStream(messages, { ...options, dead }, handle);
      // As a program under a supervisor.
      void connection.closed().then((error) => error && process.exit(1));
    },
    close: () => connection.close(),
  };
}
