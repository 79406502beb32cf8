/** Sealed messages through a real NATS JetStream. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { kills } from "../cases.ts";
import { startWorld, type World } from "../e2e/harness.ts";
import { testConsumer } from "./brokers/behaviour.ts";
import { killEach, type Victim } from "./brokers/faults.ts";
import { natsInstalled, startNats } from "./brokers/nats.ts";
import type { Broker } from "./brokers/rabbitmq.ts";

const PAIRS: readonly (readonly Victim[])[] = [
  ["consumer", "producer"],
  ["broker", "consumer"],
  ["producer", "broker"],
];
/** Each of them a hundred times, if all are made. */
const KILLED = Array.from({ length: kills(150) }, (_, i) => PAIRS[i % PAIRS.length] as readonly Victim[]);

/** Many times the five minutes that they take on two cores. */
const LONG_MS = 3_600_000;

const isInstalled = await natsInstalled();
if (!isInstalled) console.warn("no nats-server here: its consumers are not tested");

describe.skipIf(!isInstalled)("NATS JetStream", () => {
  let world: World;
  let broker: Broker;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hopgate-nats-"));
    [world, broker] = await Promise.all([startWorld(), startNats(`${folder}/broker`)]);
  });
  afterAll(async () => {
    await broker.stop();
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  });

  testConsumer(() => ({ broker: "jetstream", port: broker.port, world }), "`headers.hop-envelope` is missing");

  test(
    "consumer, producer and broker are killed: nothing confirmed is lost, nothing is done twice",
    async () => {
      await killEach(KILLED, "jetstream", broker, world, folder);
    },
    LONG_MS,
  );
});
