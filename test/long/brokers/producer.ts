/** Seals and publishes messages, never far ahead of the consumer, and records what the broker confirmed. */
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { publicPart } from "../../../sdk/client.ts";
import { seal } from "../../../sdk/envelope.ts";
import { confirmedIn, Work } from "./folder.ts";
import { connect, type Setting } from "./party.ts";

const AHEAD = 40;

const setting = JSON.parse(process.argv[2] as string) as Setting;
const { consuming, producing, folder } = setting;
const client = await connect(setting);
const work = new Work(folder);
for (let next = confirmedIn(folder).length; ; next++) {
  while (work.done().length < next - AHEAD) await pause(5);
  const payload = `message ${next}`;
  const envelope = await seal(payload, producing.chain, {
    key: producing.key,
    to: producing.to,
    toKey: publicPart(consuming.key),
    scopes: [producing.scope],
    id: `m-${next}`,
  });
  await client.publish(payload, envelope);
  appendFileSync(`${folder}/confirmed`, `${payload}\n`);
}
