/** wrangler knows each command and option of `npm run deploy`. It takes two seconds to print the help of one. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { addressOptions } from "../../local/deploying/addresses.ts";
import { commandsOf, resourcesOf } from "../../local/deploying/resources.ts";
import { cases } from "../cases.ts";

const run = promisify(execFile);
const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1" };

const { deploy, listSecrets, putSecrets } = commandsOf("production");
const commands = [
  [...deploy, ...addressOptions(["https://gateway.mine.dev", "https://*.api.mine.dev"])],
  ...resourcesOf("production").flatMap(({ list, create }) => [list, create]),
  listSecrets,
  putSecrets,
];
const distinct = [...new Map(commands.map((args) => [args.join(" "), args])).values()];
const tried = distinct.slice(0, cases(distinct.length));

test.each(tried.map((args) => [args.join(" "), args] as const))("wrangler knows `%s`", async (_, args) => {
  const { stdout } = await run("node_modules/.bin/wrangler", [...args, "--help"], { env });
  const words = args.slice(0, args.findIndex((arg) => arg.startsWith("--")) >>> 0);
  expect(stdout).toContain(`wrangler ${words.slice(0, -1).join(" ")}`);
  for (const option of args.filter((arg) => arg.startsWith("--"))) expect(stdout).toContain(option);
});
