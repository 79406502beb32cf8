/** `npm run selfhost`: the production bundle on plain workerd, with local storage and nothing to sign up for. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readConfigFile } from "../local/configuration.ts";
import { endPlainly } from "../local/end-plainly.ts";
import { toolPath } from "../local/execute.ts";
import { refuseTaken, untilAnswering } from "../local/listening.ts";
import { LOCAL_FOLDER, localSecrets } from "../local/secrets.ts";
import { publicPart } from "../sdk/keys.ts";
import { readConfig } from "../worker/config.ts";
import { buildProduction, buildSelfhost } from "./build.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
export const HELP = `usage: npm run selfhost -- [--config FILE] [--address HOST:PORT] [--state FOLDER] [--keys FOLDER] [--build-only]

  --config      the gateway's configuration (default config/local.toml)
  --address     where it listens (default: the gateway's first origin if that is http, else 127.0.0.1:8787)
  --state       KV, Durable Objects, queues, and the ledger's archive (default .hopgate/selfhost)
  --keys        the gateway's keys, the publisher's key and the admin token (default .hopgate)
  --build-only  write dist/selfhost and do not start it

Secrets come from the environment: GATEWAY_KEYS, POLICY_KEYS, ADMIN_TOKEN, and those that the configuration names (docs/configuration.md).
Without GATEWAY_KEYS those of --keys are taken, which are made on the first start.`;

export interface Running {
  /** Resolves with the reason in words when workerd ends by itself; a stop is none. */
  readonly died: Promise<string>;
  /** Settles when workerd has ended, by itself or stopped. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts workerd over a folder of `buildSelfhost`. @param env its secrets among them */
export async function serve(config: string, state: string, env: NodeJS.ProcessEnv): Promise<Running> {
  for (const folder of ["objects", "archive"]) await mkdir(`${state}/${folder}`, { recursive: true });
  const directories = ["-d", `state=${state}/objects`, "-d", `archive=${state}/archive`];
  const child = spawn(toolPath("workerd"), ["serve", config, ...directories], { env, stdio: "inherit" });
  let stopping = false;
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const died = new Promise<string>((tell) => {
    child.once("error", (error) => tell(`workerd does not start: ${error.message}`));
    child.once("exit", (code, signal) => {
      if (!stopping) tell(`workerd ended ${signal === null ? `with code ${code}` : `by ${signal}`}`);
    });
  });
  return {
    died,
    ended,
    stop: async () => {
      stopping = true;
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function secretsOf(env: NodeJS.ProcessEnv, folder: string): Promise<NodeJS.ProcessEnv> {
  if (env["GATEWAY_KEYS"] !== undefined) return env;
  console.log(`secrets   from ${folder}/ (set GATEWAY_KEYS, POLICY_KEYS and ADMIN_TOKEN for your own)`);
  const { gatewayKeys, publisher, adminToken } = await localSecrets(folder);
  const POLICY_KEYS = JSON.stringify({ keys: [publicPart(publisher)] });
  return { GATEWAY_KEYS: gatewayKeys, POLICY_KEYS, ADMIN_TOKEN: adminToken, ...env };
}

/** Where callers look for it, if that is on this machine; behind a proxy the loopback. */
function addressOf(config: string): string {
  const first = new URL(readConfig(config).gateway.origins[0]);
  return first.protocol === "http:" ? first.host : "127.0.0.1:8787";
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: "string", default: `${root}config/local.toml` },
      address: { type: "string" },
      state: { type: "string", default: ".hopgate/selfhost" },
      keys: { type: "string", default: LOCAL_FOLDER },
      "build-only": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void console.log(HELP);
  const text = await readConfigFile(values.config);
  const address = values.address ?? addressOf(text);
  if (!values["build-only"]) await refuseTaken(address, "choose another --address");
  console.log("building the core, the Worker and what replaces Cloudflare ...");
  await buildProduction(values.config);
  const built = await buildSelfhost(`${root}dist/selfhost`, text, address);
  console.log(`built     ${built.config}`);
  if (values["build-only"]) return;
  const env = await secretsOf(process.env, values.keys);
  for (const name of built.named.filter((each) => env[each] === undefined))
    console.log(`secret    ${name} is not set: what needs it is refused`);
  const running = await serve(built.config, resolve(values.state), env);
  await untilAnswering(address, running.ended);
  console.log(`gateway   http://${address} (publish policies: npm run hopgate -- policy publish FOLDER)`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void running.stop());
  // Whoever supervises this process starts it again.
  void running.died.then((reason) => {
    console.error(`selfhost: ${reason}`);
    process.exit(1);
  });
}

if (import.meta.main) await endPlainly("selfhost", main());
