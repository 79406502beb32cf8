/**
 * Producer, consumer and broker are killed under load, one after another: nothing is lost, and nothing is done twice.
 */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { World } from "../../e2e/harness.ts";
import { agentChain, libraryKey, newTask, REFUNDS } from "../../e2e/messages.ts";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import type { Consuming } from "./client.ts";
import { Daemon } from "./daemon.ts";
import { confirmedIn, Work } from "./folder.ts";
import type { Setting } from "./party.ts";
import type { Broker } from "./rabbitmq.ts";

export type Victim = "consumer" | "producer" | "broker";

export async function consumingAt(world: World): Promise<Consuming> {
  const key = libraryKey(await keyNamed("service"));
  return { route: `${world.url}/jobs/refunds`, issuer: CAST.gateway, audience: REFUNDS, key, delay: 0.05 };
}

/** @param killed who is killed at once, round by round */
export async function killEach(
  killed: readonly (readonly Victim[])[],
  name: Setting["broker"],
  broker: Broker,
  world: World,
  folder: string,
): Promise<void> {
  const key = libraryKey(await keyNamed("agent"));
  const producing = { chain: await agentChain(newTask()), key, to: CAST.service, scope: "refunds:write" };
  const setting: Setting = { broker: name, port: broker.port, folder, consuming: await consumingAt(world), producing };
  const work = new Work(folder);
  const parties = { producer: program("producer", setting), consumer: program("consumer", setting) };
  const victims = { ...parties, broker: broker.server };
  try {
    await Promise.all([parties.producer.start(), parties.consumer.start()]);
    for (const [round, at] of killed.entries()) {
      const before = work.done().length;
      // How far they have come when one is killed is another in each round.
      await progress(() => work.done().length > before + (round % 4), parties, `round ${round}`);
      await Promise.all(at.map((victim) => victims[victim].kill()));
      for (const victim of at) await victims[victim].start();
      for (const party of Object.values(parties)) if (party.hasEnded) await party.start();
    }
    await parties.producer.kill();
    const confirmed = confirmedIn(folder);
    await progress(() => contains(work.done(), confirmed), parties, "what was confirmed");
    const done = work.done();
    expect(new Set(done).size).toBe(done.length);
    console.log(
      `${name}: ${killed.flat().length} kills, ${confirmed.length} messages confirmed, ${done.length} done once, ` +
        `${work.repeated().length} deliveries of what was done`,
    );
  } finally {
    await Promise.all(Object.values(parties).map((party) => party.kill()));
    work.close();
  }
}

/** Waits; whoever has lost the broker ends, as a program under a supervisor, and is started again. */
async function progress(reached: () => boolean, parties: Record<string, Daemon>, what: string): Promise<void> {
  await expect
    .poll(
      async () => {
        for (const party of Object.values(parties)) if (party.hasEnded) await party.start();
        return reached();
      },
      { timeout: 30_000, interval: 10, message: what },
    )
    .toBe(true);
}

function contains(done: readonly string[], wanted: readonly string[]): boolean {
  const known = new Set(done);
  return wanted.every((each) => known.has(each));
}

function program(name: "producer" | "consumer", setting: Setting): Daemon {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  return new Daemon([process.execPath, "--disable-warning=ExperimentalWarning", file, JSON.stringify(setting)]);
}
