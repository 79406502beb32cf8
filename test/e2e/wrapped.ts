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
  const typed = await readFile(`test/workers/${name}.ts`, "utf8");
  const text = stripTypeScriptTypes(typed).replaceAll("../../worker/index.ts", "./worker.mjs");
  if (text.includes("../../")) throw new Error(`test/workers/${name}.ts imports more than worker/index.ts and types`);
  await writeFile(`${folder}/${name}.js`, text);
  return folder;
}
