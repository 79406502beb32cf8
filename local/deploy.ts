/**
 * `npm run deploy`: creates what the Worker needs at Cloudflare and does not exist yet (KV, queues, bucket, secrets),
 * and deploys it at `gateway.origins`. It can be run again: existing resources stay.
 */
import { execFile, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { parse } from "smol-toml";
import * as v from "valibot";
import { publicPart } from "../sdk/keys.ts";
import { type Config, readConfig, secretInUse } from "../worker/config.ts";
import { buildCore, buildWorker } from "./build.ts";
import { readConfigFile } from "./configuration.ts";
import { addressOptions, workersDevObjection } from "./deploying/addresses.ts";
import { objectionsTo } from "./deploying/objections.ts";
import {
  commandsOf,
  ENVIRONMENTS,
  type Environment,
  isListed,
  nameIn,
  PLACEHOLDERS,
  resourcesOf,
} from "./deploying/resources.ts";
import { MADE, neededSecrets } from "./deploying/secrets.ts";
import { endPlainly } from "./end-plainly.ts";
import { TOOL_ENV, toolPath } from "./execute.ts";
import { publishCommand } from "./publish-command.ts";
import { LOCAL_FOLDER, localSecrets } from "./secrets.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const WRANGLER = toolPath("wrangler");
const WRANGLER_FILE = join(root, "wrangler.toml");

export const HELP = `usage: npm run deploy -- [--config FILE] [--env production|staging] [--secrets FILE] [--dry-run]

  --config   the gateway's configuration (default config/production.toml, or config/staging.toml)
  --env      environment of wrangler.toml: production (default), or staging, which shares nothing with it
  --secrets  JSON object of further secrets, by name: of vendors, of the console
  --dry-run  check and bundle, and print the commands that would be run, without calling Cloudflare

Needs \`npx wrangler login\` once, or CLOUDFLARE_API_TOKEN. The keys that it makes are in ${LOCAL_FOLDER}/<environment>/.`;

async function read(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(WRANGLER, args, { cwd: root, env: TOOL_ENV });
  return stdout;
}

/** Shows wrangler's output while it runs. @param input for its standard input, never as an argument */
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

async function makeResources(environment: Environment): Promise<void> {
  for (const { name, list, create } of resourcesOf(environment)) {
    if (isListed(await read(list), name)) console.log(`there     ${name}`);
    else await run(create);
  }
  const text = await readFile(WRANGLER_FILE, "utf8");
  const placeholder = PLACEHOLDERS[environment];
  if (!text.includes(placeholder)) return;
  const title = nameIn(environment, "hopgate");
  const namespaces = JSON.parse(await read(["kv", "namespace", "list"])) as { id: string; title: string }[];
  const found = namespaces.find((namespace) => namespace.title === title || namespace.title.endsWith(`-${title}`));
  if (found === undefined) throw new Error(`the KV namespace ${title} is not in the list of namespaces`);
  await writeFile(WRANGLER_FILE, text.replace(placeholder, found.id));
  console.log(`wrote     the id of the KV namespace to wrangler.toml: commit it`);
}

/** Names of the secrets that are set; empty if the Worker was never deployed. */
async function namesSet(environment: Environment): Promise<string> {
  return read(commandsOf(environment).listSecrets).catch(() => "[]");
}

async function putSecrets(environment: Environment, given: Readonly<Record<string, string>>): Promise<void> {
  const set = await namesSet(environment);
  const { gatewayKeys, publisher, adminToken } = await localSecrets(join(LOCAL_FOLDER, environment));
  const made = {
    GATEWAY_KEYS: gatewayKeys,
    POLICY_KEYS: JSON.stringify({ keys: [publicPart(publisher)] }),
    ADMIN_TOKEN: adminToken,
  };
  const missing = Object.entries(made).filter(([name]) => !isListed(set, name));
  const all = { ...Object.fromEntries(missing), ...given };
  if (Object.keys(all).length > 0) await run(commandsOf(environment).putSecrets, JSON.stringify(all));
}

/** @throws Error that names the file, never its content */
async function readSecrets(file: string | undefined): Promise<Record<string, string>> {
  if (file === undefined) return {};
  const text = await readFile(file, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(`cannot read \`${file}\` (${code})`);
  });
  const secrets = v.safeParse(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string())), text);
  if (!secrets.success) throw new Error(`\`${file}\` must be a JSON object with strings by the names of secrets`);
  return secrets.output;
}

/** @throws Error with every reason not to deploy, one in each line */
async function refuseUnfit(file: string, text: string, config: Config, environment: Environment): Promise<void> {
  const { env } = parse(await readFile(WRANGLER_FILE, "utf8")) as { env?: Record<string, { workers_dev?: boolean }> };
  const workersDev = workersDevObjection(config.gateway.origins, env?.[environment]?.workers_dev === true, environment);
  const objections = [...objectionsTo(text, config), ...(workersDev === undefined ? [] : [workersDev])];
  if (objections.length > 0)
    throw new Error(`${file} cannot be deployed:\n${objections.map((line) => `  ${line}`).join("\n")}`);
}

/** Missing secrets, one in each line. */
function missingSecrets(config: Config, given: object, set: string): string[] {
  const known = (name: string): string | undefined => (name in given || isListed(set, name) ? name : undefined);
  return neededSecrets(config)
    .filter(({ name }) => secretInUse(name, config, known) === undefined)
    .map(({ name, by }) => `  ${name}  needed by ${by}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: "string" },
      env: { type: "string", default: "production" },
      secrets: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void console.log(HELP);
  const environment = ENVIRONMENTS.find((each) => each === values.env);
  if (environment === undefined) throw new Error(`--env must be ${ENVIRONMENTS.join(" or ")}`);
  const file = values.config ?? `config/${environment}.toml`;
  const text = await readConfigFile(file);
  const config = readConfig(text);
  await refuseUnfit(file, text, config, environment);
  const given = await readSecrets(values.secrets);
  const { deploy, putSecrets: put } = commandsOf(environment);
  const deployed = [...deploy, ...addressOptions(config.gateway.origins)];

  console.log(`building with ${file} ...`);
  await buildCore();
  await buildWorker(file, environment);
  if (values["dry-run"]) {
    for (const args of [...resourcesOf(environment).map(({ create }) => create), deployed, put])
      console.log(`wrangler ${args.join(" ")}`);
    console.log(`secrets   ${MADE.join(", ")}: generated and set unless they are set already`);
    const missing = missingSecrets(config, given, "[]");
    if (missing.length > 0)
      console.log(`secrets that are missing, unless they are set at Cloudflare:\n${missing.join("\n")}`);
    return;
  }
  const missing = missingSecrets(config, given, await namesSet(environment));
  if (missing.length > 0) throw new Error(`secrets are missing; give them by --secrets FILE:\n${missing.join("\n")}`);
  await makeResources(environment);
  await run(deployed);
  await putSecrets(environment, given);
  const address = config.gateway.origins[0];
  const next = publishCommand({ config: file, gateway: address, secrets: join(LOCAL_FOLDER, environment) });
  console.log(`deployed  ${address}\nnext      ${next}`);
}

if (import.meta.main) await endPlainly("deploy", main());
