/**
 * Security events for others, over HTTP: push, poll, another gateway as receiver, and receivers that are hostile or
 * down.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { testEvents } from "./transmitter/events.ts";
import { startTransmitter } from "./transmitter/given.ts";
import { testReceivers } from "./transmitter/receivers.ts";
import { testStreams } from "./transmitter/streams.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startTransmitter();
});
afterAll(() => stop());

describe("events", testEvents);
describe("streams", testStreams);
describe("receivers", testReceivers);
