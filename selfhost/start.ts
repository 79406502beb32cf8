/** `npm run selfhost`: the production bundle on plain workerd behind its own socket, with local storage; no account is needed. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readConfigFile } from "../local/configuration.ts";
import { endPlainly } from "../local/end-plainly.ts";
import { partsOf, refuseTaken, untilServing } from "../local/listening.ts";
import { publishCommand } from "../local/publish-command.ts";
import { LOCAL_FOLDER, localSecrets } from "../local/secrets.ts";
import { publicPart } from "../sdk/keys.ts";
import { type Config, namedSecrets, readConfig, secretInUse } from "../worker/config.ts";
import { readSecrets } from "../worker/trust/secrets.ts";
import { buildProduction, buildSelfhost } from "./build.ts";
import { type Front, startFront } from "./front/front.ts";
import { type FrontLimits, limitsFor, openFileLimit, shareOf } from "./front/limits.ts";
import { readTls, type TlsNames } from "./front/tls.ts";
import { endLeft, lockState } from "./lock.ts";
import { mostObjects } from "./open-objects.ts";
import { type Running, serve } from "./workerd.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
export const HELP = `usage: npm run selfhost -- [--config FILE] [--address HOST:PORT] [--state FOLDER] [--keys FOLDER]
                          [--tls-cert FILE --tls-key FILE [--client-ca FILE]] [--connections N] [--per-address N] [--grace SECONDS]
                          [--build-only | --prebuilt]

  --config       the gateway's configuration (default config/local.toml)
  --address      where it listens (default: the gateway's first origin if that is http, else 127.0.0.1:8787)
  --state        KV, Durable Objects, queues, and the ledger's archive (default .hopgate/selfhost)
  --keys         the gateway's keys, the publisher's key and the admin token (default .hopgate)
  --tls-cert     certificate chain (PEM): the gateway ends TLS itself; read again on SIGHUP
  --tls-key      its private key (PEM)
  --client-ca    authorities of client certificates (PEM): what they have signed proves possession on routes with proof = ["mtls"]
  --connections  connections of callers at a time (default: as the limit of open files allows, at most 10000)
  --per-address  connections of one address (default: a quarter of them; all of them with IP_HEADER, which names a proxy's header)
  --grace        seconds that requests in flight have when it is stopped (default 30)
  --build-only   write dist/selfhost, for workerd alone on --address, and do not start it
  --prebuilt     use dist/worker as \`npm run build -- --env production\` has written it, and write nothing but the state and temporary files

Secrets come from the environment: GATEWAY_KEYS, POLICY_KEYS, ADMIN_TOKEN, and those that the configuration names (docs/configuration.md).
Without GATEWAY_KEYS the gateway uses the keys in --keys, and makes them on the first start.`;

/** @throws Error in one plain line, which names a secret that the gateway cannot use and never quotes it */
async function secretsOf(given: NodeJS.ProcessEnv, folder: string, config: Config): Promise<NodeJS.ProcessEnv> {
  const env = await withGatewayKeys(given, folder);
  readSecrets((name) => env[name], config);
  for (const name of namedSecrets(config).filter((each) => !secretInUse(each, config, (one) => env[one])))
    console.log(`secret    ${name} is not set: what needs it is refused`);
  return env;
}

async function withGatewayKeys(env: NodeJS.ProcessEnv, folder: string): Promise<NodeJS.ProcessEnv> {
  if (env["GATEWAY_KEYS"] !== undefined) return env;
  console.log(`secrets   from ${folder}/ (set GATEWAY_KEYS, POLICY_KEYS and ADMIN_TOKEN for your own)`);
  const { gatewayKeys, publisher, adminToken } = await localSecrets(folder);
  const POLICY_KEYS = JSON.stringify({ keys: [publicPart(publisher)] });
  return { GATEWAY_KEYS: gatewayKeys, POLICY_KEYS, ADMIN_TOKEN: adminToken, ...env };
}

/** The gateway's own origin if it is on this machine, else the loopback, for a proxy in front. */
function addressOf(config: string): string {
  const first = new URL(readConfig(config).gateway.origins[0]);
  return first.protocol === "http:" ? first.host : "127.0.0.1:8787";
}

/** @throws Error in one plain line */
function countOf(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${option} must be a whole number of at least 1`);
  return value;
}

/**
 * @param objects how many Durable Objects the configuration can have open
 * @param env with IP_HEADER, unless empty, all connections are those of a proxy, which reports the callers' addresses
 * @throws Error in one plain line
 */
export function limitsOf(
  values: { readonly connections?: string; readonly "per-address"?: string },
  objects: number,
  env: Readonly<Record<string, string | undefined>>,
): FrontLimits {
  const byFiles = limitsFor(openFileLimit(), objects);
  const connections = values.connections ? countOf("connections", values.connections) : byFiles.connections;
  const share = env["IP_HEADER"] ? connections : shareOf(connections);
  const perAddress = values["per-address"] ? countOf("per-address", values["per-address"]) : share;
  return { ...byFiles, connections, perAddress: Math.min(perAddress, connections) };
}

async function build(config: string, text: string, address: string): Promise<string> {
  console.log("building the core, the Worker and what replaces Cloudflare ...");
  await buildProduction(config);
  const built = await buildSelfhost(`${root}dist/selfhost`, text, address);
  console.log(`built     ${built}`);
  return built;
}

/** However this process ends, workerd ends too, because another start would share the state with it. */
function endWith(running: Running, folder: string): void {
  process.on("exit", () => {
    running.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  // The supervisor of this process restarts it.
  void running.died.then((reason) => {
    console.error(`selfhost: ${reason}`);
    process.exit(1);
  });
}

/** The first signal lets requests in flight finish; the second, or one before it serves, ends at once. */
function stopOnSignals(running: Running, grace: number, frontNow: () => Front | undefined): void {
  let stops = 0;
  const stop = async (): Promise<void> => {
    const front = frontNow();
    if (stops++ > 0 || front === undefined) process.exit(1);
    console.log("stopping  new requests are refused, those in flight may end");
    await front.stop(grace);
    await running.stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop());
}

/**
 * A renewed certificate is used for new connections; an unusable one changes nothing. Without TLS there is nothing to
 * renew, but the signal must not end the gateway: `systemctl reload` sends it.
 */
async function renew(front: Front | undefined, names: TlsNames): Promise<void> {
  try {
    const tls = await readTls(names);
    if (tls === undefined) return void console.log("unchanged there is no certificate to renew");
    if (front === undefined) throw new Error("the gateway is still starting");
    front.renew(tls);
    console.log("renewed   the certificate");
  } catch (error) {
    console.error(`selfhost: ${(error as Error).message}: the previous certificate stays in use`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: "string", default: `${root}config/local.toml` },
      address: { type: "string" },
      state: { type: "string", default: ".hopgate/selfhost" },
      keys: { type: "string", default: LOCAL_FOLDER },
      "tls-cert": { type: "string" },
      "tls-key": { type: "string" },
      "client-ca": { type: "string" },
      connections: { type: "string" },
      "per-address": { type: "string" },
      grace: { type: "string", default: "30" },
      "build-only": { type: "boolean", default: false },
      prebuilt: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void console.log(HELP);
  const text = await readConfigFile(values.config);
  const address = values.address ?? addressOf(text);
  if (values["build-only"]) return void (await build(values.config, text, address));
  const parts = partsOf(address);
  if (parts === undefined) throw new Error("--address must be HOST:PORT");
  const tls = await readTls(values);
  const grace = countOf("grace", values.grace) * 1000;
  const config = readConfig(text);
  const limits = limitsOf(values, mostObjects(config), process.env);
  await refuseTaken(address, "choose another --address");
  const lock = await lockState(values.state);
  if (lock.before !== undefined && (await endLeft(lock.before)))
    console.log(
      `ended     workerd ${lock.before.pid}, which a gateway that was killed had left running over ${values.state}`,
    );
  const env = await secretsOf(process.env, values.keys, config);

  // Only this user can enter a folder of mkdtemp.
  const folder = await mkdtemp(join(tmpdir(), "hopgate-"));
  const socket = join(folder, "workerd.sock");
  const built = values.prebuilt
    ? await buildSelfhost(join(folder, "selfhost"), text, `unix:${socket}`)
    : await build(values.config, text, `unix:${socket}`);
  const secret = randomBytes(32).toString("base64url");
  const running = await serve({
    config: built,
    state: resolve(values.state),
    env: { ...env, FRONT_SECRET: secret },
    detached: true,
  });
  lock.note({ pid: running.pid, socket });
  let front: Front | undefined;
  endWith(running, folder);
  stopOnSignals(running, grace, () => front);
  process.on("SIGHUP", () => void renew(front, values));
  await untilServing(socket, running.ended);
  front = await startFront({ ...parts, tls, limits, workerd: { address: { path: socket }, secret } });
  const gateway = `${tls ? "https" : "http"}://${address}`;
  const secrets = process.env["GATEWAY_KEYS"] === undefined ? values.keys : undefined;
  console.log(`gateway   ${gateway}`);
  console.log(
    `limits    ${limits.connections} connections, ${limits.perAddress} of one address, ${limits.requests} requests at a time, by the limit of open files`,
  );
  console.log(`next      ${publishCommand({ config: values.config, gateway, secrets })}`);
}

if (import.meta.main) await endPlainly("selfhost", main());
