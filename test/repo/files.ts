/** The files of the repository, as its tests read them. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const read = (path: string): string => readFileSync(join(root, path), "utf8");
export const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => join(folder, name));

/** Imports of a file that stay in the project, as paths from its root. */
export function importsOf(file: string): string[] {
  return [
    ...read(file).matchAll(/(?:\bfrom|\bimport) \(?"(\.[^"]+)"/g),
    ...read(file).matchAll(/\bimport\("(\.[^"]+)"/g),
  ].map(([, path]) => relative(root, resolve(root, dirname(file), (path as string).replace(/\?.*$/, ""))));
}
