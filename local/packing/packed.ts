/** What the packages have in common: manifest, licence, and the archive that `npm publish` would upload. */
import { execFile } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { execute, TOOL_ENV } from "../execute.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Versions that the project has tested, by the names of dependencies. */
export async function versionsOf(names: readonly string[]): Promise<Record<string, string>> {
  const { dependencies, devDependencies } = await ownManifest();
  const all = { ...devDependencies, ...dependencies };
  return Object.fromEntries(names.map((name) => [name, all[name] as string]));
}

/** Writes what every package has, into a folder that has its code. @param readme path of its readme in the repository */
export async function describePackage(folder: string, manifest: object, readme: string): Promise<void> {
  const { version, license } = await ownManifest();
  const whole = { version, license, type: "module", ...manifest };
  await writeFile(`${folder}/package.json`, `${JSON.stringify(whole, null, 2)}\n`);
  await copyFile(`${ROOT}LICENSE`, `${folder}/LICENSE`);
  await copyFile(`${ROOT}${readme}`, `${folder}/README.md`);
}

/** @throws Error with what publint finds */
export async function checkForm(folder: string): Promise<void> {
  await execute("publint", ["run", folder, "--strict"]);
}

/** @returns path of the archive, in `dist/` */
export async function pack(folder: string): Promise<string> {
  const args = ["pack", folder, "--pack-destination", `${ROOT}dist`, "--json"];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: ROOT, env: TOOL_ENV });
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  return `${ROOT}dist/${packed.filename}`;
}

async function ownManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(`${ROOT}package.json`, "utf8")) as Manifest;
}
