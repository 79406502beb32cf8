/**
 * `hopgate/brokers`: consumers of sealed messages from RabbitMQ (docs/messages.md).
 *
 * @module
 */
export type { BrokerOptions, Handler, NotActed } from "./brokers/act.ts";
export { type AmqpChannel, type AmqpMessage, type AmqpOptions, amqpProperties, consumeAmqp } from "./brokers/amqp.ts";
