/** The built Worker behind a module of test/workers/, which takes its requests and hands them on. */
import { cp, readFile, rename, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";

/**
 * Puts both into a folder of their own.
 *
 * @param name of the module, which imports nothing but the Worker and types
 * @returns the folder, as the bundle of a world
 */
export async function wrapWorker(name: string): Promise<string> {
  const folder = `dist/${name}`;
  await cp("dist/worker", folder, { recursive: true });
  await rename(`${folder}/index.js`, `${folder}/worker.mjs`);
  const text = stripTypeScriptTypes(await readFile(`test/workers/${name}.ts`, "utf8"));
  await writeFile(`${folder}/${name}.js`, text.replaceAll("../../worker/index.ts", "./worker.mjs"));
  return folder;
}
