/**
 * Where the command line is: the repository, or the installed package, which has its files at the same paths
 * (local/packing/command-line.ts puts every module into its folder `cli`).
 */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("..", import.meta.url);

/** A file beside the command line, such as `dist/core.wasm`. */
export function ownFile(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

const EXTENSION = extname(import.meta.url);

/** The program: TypeScript in the repository, JavaScript in the package. */
export const PROGRAM = ownFile(`cli/hopgate${EXTENSION}`);

/** Whether this is the installed package: then the scripts of the repository are elsewhere. */
export const isInstalled = EXTENSION === ".js";

export async function ownVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(ownFile("package.json"), "utf8")) as { version: string };
  return version;
}
