/**
 * `hopgate/brokers`: consumers of sealed messages from RabbitMQ, NATS JetStream, Kafka and SQS (docs/messages.md).
 *
 * @module
 */
export type { BrokerOptions, Handler, NotActed } from "./brokers/act.ts";
export { type AmqpChannel, type AmqpMessage, type AmqpOptions, amqpProperties, consumeAmqp } from "./brokers/amqp.ts";
export {
  consumeJetStream,
  type JetStreamDeadLetters,
  type JetStreamMessage,
  type JetStreamOptions,
  jetStreamHeaders,
  type NatsHeaders,
} from "./brokers/jetstream.ts";
export {
  type KafkaDeadLetters,
  type KafkaMessage,
  type KafkaOptions,
  type KafkaPayload,
  kafkaEachMessage,
  kafkaHeaders,
} from "./brokers/kafka.ts";
export { type SqsFailures, type SqsRecord, sqsAttributes, sqsHandler } from "./brokers/sqs.ts";
