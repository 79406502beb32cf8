/**
 * Builds the core (AssemblyScript to dist/core.wasm), puts the configuration beside it, and bundles the Worker with
 * wrangler to dist/worker, exactly as it would be uploaded.
 *
 *   npm run build -- [--config config/local.toml] [--env production] [--tests]
 */
import { copyFile, mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readConfigFile } from "./configuration.ts";
import { endPlainly } from "./end-plainly.ts";
import { execute } from "./execute.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const ASC = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "relaxed-simd"];
/** 134 pages, fixed, as laid out in wasm/assembly/memory.ts. */
const MEMORY = ["--memoryBase", "524288", "--initialMemory", "134", "--maximumMemory", "134"];

/** Compiles the core; with `tests`, also the arithmetic that it does not export. */
export async function buildCore(tests = false): Promise<void> {
  await mkdir(`${root}dist`, { recursive: true });
  await compile("wasm/assembly/index.ts", "dist/core.wasm");
  if (tests) await compile("test/core/assembly/arithmetic.ts", "dist/arithmetic.wasm");
}

/** In this process: a second module takes a third of the first one's time, because the compiler is warm. */
async function compile(entry: string, output: string): Promise<void> {
  const { main: asc } = await import("assemblyscript/asc");
  const { error, stderr } = await asc([entry, "-o", output, "--baseDir", root, ...ASC, ...MEMORY]);
  if (error !== null) throw new Error(`asc failed\n${stderr}`, { cause: error });
}

/** Bundles the Worker with a configuration. @throws Error if the configuration is wrong, before anything is written */
export async function buildWorker(config: string, environment = ""): Promise<void> {
  await readConfigFile(config);
  await copyFile(config, `${root}dist/hopgate.toml`);
  await rm(`${root}dist/worker`, { recursive: true, force: true });
  await execute("wrangler", ["deploy", "--dry-run", "--env", environment, "--outdir", "dist/worker"]);
}

/** Bundles another Worker, such as a peer of the bench. */
export async function bundle(entry: string, outdir: string, config: string): Promise<void> {
  await rm(`${root}${outdir}`, { recursive: true, force: true });
  await execute("wrangler", ["deploy", entry, "--dry-run", "--config", config, "--outdir", outdir]);
}

export const HELP = `usage: npm run build -- [--config FILE] [--env NAME] [--tests]

  --config  the gateway's configuration, checked and put into the bundle (default config/local.toml)
  --env     environment of wrangler.toml (default: none, which is the local one)
  --tests   also build the parts of the core that only the tests need

Writes dist/core.wasm and dist/worker.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: "string", default: `${root}config/local.toml` },
      env: { type: "string", default: "" },
      tests: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void console.log(HELP);
  await readConfigFile(values.config);
  await buildCore(values.tests);
  await buildWorker(values.config, values.env);
  console.log("built dist/core.wasm and dist/worker");
}

if (import.meta.main) await endPlainly("build", main());
