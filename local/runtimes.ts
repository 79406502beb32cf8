/** Finds other JavaScript runtimes for the tests of the library; installs a missing one from the npm registry. */
import { execFile } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { succeeds } from "./execute.ts";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("../.hopgate/runtimes/", import.meta.url));
/** They have a hundred megabytes each, so they are not dependencies of the project. */
const VERSIONS = { deno: "2.9.6", bun: "1.4.5" } as const;
export type Runtime = keyof typeof VERSIONS;
/** The oldest Node that the command line runs in. */
const OLD_NODE = "20.20.2";

/** Its command: on the PATH, else installed under .hopgate/; undefined if it is not available. */
export async function findRuntime(name: Runtime): Promise<string | undefined> {
  if (await succeeds(name, ["--version"])) return name;
  return install(name, VERSIONS[name], `${FOLDER}node_modules/.bin/${name}`);
}

/** The same for the oldest supported Node, which is never on the PATH of the project's scripts. */
export function findOldNode(): Promise<string | undefined> {
  const name = `node-${process.platform}-${process.arch}`;
  return install(name, OLD_NODE, `${FOLDER}node_modules/${name}/bin/node`);
}

async function install(name: string, version: string, command: string): Promise<string | undefined> {
  if (await succeeds(command, ["--version"])) return command;
  try {
    await mkdir(FOLDER, { recursive: true });
    await access(`${FOLDER}package.json`).catch(() => writeFile(`${FOLDER}package.json`, "{}"));
    await run("npm", ["install", "--no-audit", "--no-fund", `${name}@${version}`], { cwd: FOLDER });
  } catch {
    return undefined;
  }
  return (await succeeds(command, ["--version"])) ? command : undefined;
}
