/**
 * Programs of other projects that test the gateway: installed outside the repository, each at one version, unchanged.
 */
import { execFile } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Node of the version that the repository is tested with: the suite takes no older one than 22. */
export const NODE = resolve("node_modules/.bin/node");

/**
 * Installs a package, if it is not there yet, under `JUDGES_DIR` (default: `~/.cache/hopgate/judges`).
 *
 * @param name of the package, with its version: `mcp-remote@0.15.1`
 * @returns the folder of the package
 */
export async function installJudge(name: string): Promise<string> {
  const home = process.env["JUDGES_DIR"] ?? join(homedir(), ".cache/hopgate/judges");
  const folder = join(home, name.replaceAll("/", "+"));
  const packaged = join(folder, "node_modules", name.replace(/(?<!^)@.*$/, ""));
  const done = join(folder, "installed");
  const isThere = await access(done).then(
    () => true,
    () => false,
  );
  if (isThere) return packaged;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"private":true}');
  await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", name], { cwd: folder });
  await writeFile(done, "");
  return packaged;
}
