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

/** Its command: on the PATH, else installed under .hopgate/; undefined if it is not available. */
export async function findRuntime(name: Runtime): Promise<string | undefined> {
  if (await succeeds(name, ["--version"])) return name;
  const command = `${FOLDER}node_modules/.bin/${name}`;
  if (await succeeds(command, ["--version"])) return command;
  try {
    await mkdir(FOLDER, { recursive: true });
    await access(`${FOLDER}package.json`).catch(() => writeFile(`${FOLDER}package.json`, "{}"));
    await run("npm", ["install", "--no-audit", "--no-fund", `${name}@${VERSIONS[name]}`], { cwd: FOLDER });
  } catch {
    return undefined;
  }
  return (await succeeds(command, ["--version"])) ? command : undefined;
}
