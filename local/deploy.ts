/**
 * `npm run deploy`: makes what the Worker needs at Cloudflare and is not there yet (KV, queues, bucket, secrets), and deploys it.
 * May be run again: what is there stays.
 */
import { execFile, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { publicPart } from "../sdk/keys.ts";
import { buildCore, buildWorker } from "./build.ts";
import { readConfigFile } from "./configuration.ts";
import { endPlainly } from "./end-plainly.ts";
import { TOOL_ENV, toolPath } from "./execute.ts";
import { LOCAL_FOLDER, localSecrets } from "./secrets.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const WRANGLER = toolPath("wrangler");
const PRODUCTION = ["--env", "production"];
const PLACEHOLDER = "REPLACE-WITH-YOUR-KV-NAMESPACE-ID";
const NAMESPACE = "hopgate";

export const HELP = `usage: npm run deploy -- [--config FILE] [--dry-run]

  --config   the gateway's configuration (default config/production.toml)
  --dry-run  check and bundle, and print the commands that would be run

Needs \`npx wrangler login\` once, or CLOUDFLARE_API_TOKEN. Keys that are made here lie in ${LOCAL_FOLDER}/production/.`;

/** One thing that must be there: how it is seen, and how it is made. */
export interface Resource {
  readonly name: string;
  readonly list: readonly string[];
  readonly create: readonly string[];
}

export const RESOURCES: readonly Resource[] = [
  { name: NAMESPACE, list: ["kv", "namespace", "list"], create: ["kv", "namespace", "create", NAMESPACE] },
  ...["hopgate-audit", "hopgate-archive", "hopgate-notices"].map((name) => ({
    name,
    list: ["queues", "list"],
    create: ["queues", "create", name],
  })),
  { name: "hopgate-ledger", list: ["r2", "bucket", "list"], create: ["r2", "bucket", "create", "hopgate-ledger"] },
];
export const DEPLOY = ["deploy", ...PRODUCTION];
export const LIST_SECRETS = ["secret", "list", ...PRODUCTION, "--format", "json"];
export const PUT_SECRETS = ["secret", "bulk", ...PRODUCTION];

/** Whether a list of wrangler's, JSON or a table, names something. */
export function isListed(list: string, name: string): boolean {
  return new RegExp(`(^|[^\\w-])${name}([^\\w-]|$)`, "m").test(list);
}

async function read(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(WRANGLER, args, { cwd: root, env: TOOL_ENV });
  return stdout;
}

/** Shows what wrangler says while it works. @param input on its standard input, never as an argument */
async function run(args: readonly string[], input?: string): Promise<void> {
  console.log(`wrangler ${args.join(" ")}`);
  const child = spawn(WRANGLER, args, {
    cwd: root,
    env: TOOL_ENV,
    stdio: [input === undefined ? "inherit" : "pipe", "inherit", "inherit"],
  });
  child.stdin?.end(input);
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`wrangler ${args.slice(0, 2).join(" ")} ended with ${code}`);
}

async function makeResources(): Promise<void> {
  for (const { name, list, create } of RESOURCES) {
    if (isListed(await read(list), name)) console.log(`there     ${name}`);
    else await run(create);
  }
  const file = join(root, "wrangler.toml");
  const text = await readFile(file, "utf8");
  if (!text.includes(PLACEHOLDER)) return;
  const namespaces = JSON.parse(await read(["kv", "namespace", "list"])) as { id: string; title: string }[];
  const found = namespaces.find(({ title }) => title === NAMESPACE || title.endsWith(`-${NAMESPACE}`));
  if (found === undefined) throw new Error(`the KV namespace ${NAMESPACE} is not in the list of namespaces`);
  await writeFile(file, text.replace(PLACEHOLDER, found.id));
  console.log(`wrote     the id of the KV namespace to wrangler.toml: commit it`);
}

async function makeSecrets(): Promise<void> {
  const listed = await read(LIST_SECRETS);
  const { gatewayKeys, publisher, adminToken } = await localSecrets(join(LOCAL_FOLDER, "production"));
  const all = {
    GATEWAY_KEYS: gatewayKeys,
    POLICY_KEYS: JSON.stringify({ keys: [publicPart(publisher)] }),
    ADMIN_TOKEN: adminToken,
  };
  const missing = Object.entries(all).filter(([name]) => !isListed(listed, name));
  if (missing.length > 0) await run(PUT_SECRETS, JSON.stringify(Object.fromEntries(missing)));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: "string", default: join(root, "config/production.toml") },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void console.log(HELP);
  await readConfigFile(values.config);
  console.log(`building with ${values.config} ...`);
  await buildCore();
  await buildWorker(values.config, "production");
  if (values["dry-run"]) {
    for (const args of [...RESOURCES.map(({ create }) => create), DEPLOY, PUT_SECRETS])
      console.log(`wrangler ${args.join(" ")}`);
    return;
  }
  await makeResources();
  await run(DEPLOY);
  await makeSecrets();
  console.log("deployed; next: npm run hopgate -- policy publish --gateway https://... (docs/deploy.md)");
}

if (import.meta.main) await endPlainly("deploy", main());
