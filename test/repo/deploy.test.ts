/** What `npm run deploy` would do: wrangler knows each of its commands and options; nothing is deployed here. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { DEPLOY, isListed, LIST_SECRETS, PUT_SECRETS, RESOURCES } from "../../local/deploy.ts";

const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1" };

const commands = [...RESOURCES.flatMap(({ list, create }) => [list, create]), DEPLOY, LIST_SECRETS, PUT_SECRETS];
const distinct = [...new Map(commands.map((args) => [args.join(" "), args])).values()];

test.each(distinct.map((args) => [args.join(" "), args] as const))("wrangler %s", async (_, args) => {
  const { stdout } = await promisify(execFile)("node_modules/.bin/wrangler", [...args, "--help"], { env });
  const words = args.slice(0, args.findIndex((arg) => arg.startsWith("--")) >>> 0);
  expect(stdout).toContain(`wrangler ${words.slice(0, -1).join(" ")}`);
  for (const option of args.filter((arg) => arg.startsWith("--"))) expect(stdout).toContain(option);
});

test("every binding of the Worker to something of Cloudflare's is made", async () => {
  const toml = await readFile("wrangler.toml", "utf8");
  const queues = [...toml.matchAll(/^queue = "([^"]+)"/gm)].map(([, name]) => name);
  const buckets = [...toml.matchAll(/^bucket_name = "([^"]+)"/gm)].map(([, name]) => name);
  const made = RESOURCES.map(({ name }) => name);
  expect(made).toEqual(expect.arrayContaining([...new Set([...queues, ...buckets])]));
});

test("what is there is recognized, and what only looks like it is not", () => {
  expect(isListed('[{"id":"1","title":"hopgate"}]', "hopgate")).toBe(true);
  expect(isListed('[{"id":"1","title":"hopgate-other"}]', "hopgate")).toBe(false);
  expect(isListed("│ 1f │ hopgate-audit │ 2026 │", "hopgate-audit")).toBe(true);
  expect(isListed("│ 1f │ hopgate-audit-old │", "hopgate-audit")).toBe(false);
});
