/**
 * Builds the library for publishing: `npm run package` writes dist/package (JavaScript with types), checks it with
 * publint and attw, and packs it.
 */
import { execFile } from "node:child_process";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { endPlainly } from "./end-plainly.ts";
import { execute, TOOL_ENV } from "./execute.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const ENTRIES = ["brokers", "client", "envelope", "upstream"] as const;
const DEPENDENCIES = ["canonicalize", "jose"] as const;

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** @returns the folder of the package */
export async function buildPackage(): Promise<string> {
  const folder = `${root}dist/package`;
  await rm(folder, { recursive: true, force: true });
  await execute("tsc", ["-p", "tsconfig.package.json"]);
  const { version, license, dependencies } = JSON.parse(await readFile(`${root}package.json`, "utf8")) as Manifest;
  const manifest = {
    name: "hopgate",
    version,
    description: "Chained identities for callers, consumers and APIs of a Hopgate gateway",
    license,
    type: "module",
    sideEffects: false,
    // The version that canonicalize requires.
    engines: { node: ">=22" },
    exports: Object.fromEntries(
      ENTRIES.map((name) => [`./${name}`, { types: `./${name}.d.ts`, default: `./${name}.js` }]),
    ),
    dependencies: Object.fromEntries(DEPENDENCIES.map((name) => [name, `^${dependencies[name]}`])),
  };
  await writeFile(`${folder}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(`${root}LICENSE`, `${folder}/LICENSE`);
  await copyFile(`${root}docs/library.md`, `${folder}/README.md`);
  return folder;
}

/** @throws Error with their findings */
export async function checkPackage(folder: string): Promise<void> {
  await execute("publint", ["run", folder, "--strict"]);
  await execute("attw", ["--pack", folder, "--profile", "esm-only"]);
}

/** @returns path of the archive that `npm publish` would upload, in `dist/` */
export async function pack(folder: string): Promise<string> {
  const args = ["pack", folder, "--pack-destination", `${root}dist`, "--json"];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: root, env: TOOL_ENV });
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  return `${root}dist/${packed.filename}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h", default: false } } });
  if (values.help)
    return void console.log("usage: npm run package\n\nBuilds the library to dist/package, checks it, and packs it.");
  const folder = await buildPackage();
  await checkPackage(folder);
  console.log(`built and checked ${folder}, packed ${await pack(folder)}`);
}

if (import.meta.main) await endPlainly("package", main());
