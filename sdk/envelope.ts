/**
 * `hopgate/envelope`: for later work. Bind a chain to one message, and have it verified when the message is processed.
 *
 * @module
 */
export { type CloudEvent, openEvent, type SealedEvent, sealEvent } from "./cloud-events.ts";
export { HopgateError, type HopgateErrorCode, type Refusal } from "./errors.ts";
export { type Opened, type Opening, open } from "./open.ts";
export { type QueueOptions, queueConsumer, type SealedMessage } from "./queue.ts";
export { type Sealing, seal } from "./seal.ts";
export type { Provenance } from "./verify.ts";
