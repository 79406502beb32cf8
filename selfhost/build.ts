/** Puts everything that workerd needs into one folder: the production bundle, what replaces Cloudflare, the configuration. */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS, DURABLE_OBJECTS } from "../local/bindings.ts";
import { buildCore, buildWorker } from "../local/build.ts";
import { namedSecrets, nextSecrets, OWN_SECRETS, readConfig } from "../worker/config.ts";
import { type BundleModule, workerdConfig } from "./config.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** workerd's main module comes first. */
const MODULES = [
  ...["selfhost/worker.ts", "selfhost/bucket.ts", "selfhost/key-values.ts", "selfhost/queues.ts"],
  ...["selfhost/from-front.ts", "selfhost/front-headers.ts"],
  ...["worker/log.ts", "worker/log-events.ts"],
];

/**
 * @param folder the target; its content is removed
 * @param configText the gateway's configuration
 * @returns the path of config.capnp
 */
export async function buildSelfhost(folder: string, configText: string, address: string): Promise<string> {
  const configuration = readConfig(configText);
  await rm(folder, { recursive: true, force: true });
  for (const name of MODULES) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, stripTypeScriptTypes(await readFile(join(root, name), "utf8")));
  }
  const bundle = await copyBundle(folder, configText);
  const config = join(folder, "config.capnp");
  await writeFile(
    config,
    workerdConfig({
      bundle,
      modules: MODULES,
      secrets: [...OWN_SECRETS, ...namedSecrets(configuration), ...nextSecrets(configuration)],
      address,
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: COMPATIBILITY_FLAGS,
      durableObjects: DURABLE_OBJECTS,
    }),
  );
  return config;
}

/** The bundle under the name that selfhost/ imports, with its modules. */
async function copyBundle(folder: string, configText: string): Promise<BundleModule[]> {
  const from = join(root, "dist/worker");
  await mkdir(join(folder, "worker"), { recursive: true });
  const modules: BundleModule[] = [];
  for (const name of await readdir(from)) {
    const kind = name.endsWith(".js") ? "esModule" : name.endsWith(".wasm") ? "wasm" : "text";
    if (!/\.(js|wasm|toml)$/.test(name)) continue;
    const file = `worker/${name}`;
    if (kind === "text") await writeFile(join(folder, file), configText);
    else await copyFile(join(from, name), join(folder, file));
    modules.push({ name: kind === "esModule" ? "worker/index.ts" : file, kind, file });
  }
  return modules;
}

/** Builds the production bundle. */
export async function buildProduction(config: string): Promise<void> {
  await buildCore();
  await buildWorker(config, "production");
}
