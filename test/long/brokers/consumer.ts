/** Acts on messages until it is killed. */
import { Work } from "./folder.ts";
import { connect, type Setting } from "./party.ts";

const setting = JSON.parse(process.argv[2] as string) as Setting;
const work = new Work(setting.folder);
const client = await connect(setting);
await client.consume(setting.consuming, (payload, { messageKey }) =>
  work.do(new TextDecoder().decode(payload), messageKey),
);
