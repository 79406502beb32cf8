/** The built Worker behind a module of test/workers/, which takes its requests and hands them on. */
import { cp, readFile, rename, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { basename } from "node:path";

/**
 * Puts both into a folder of their own.
 *
 * @param name of the module, which imports the Worker, types, and single files of it
 * @returns the folder, as the bundle of a world
 */
export async function wrapWorker(name: string): Promise<string> {
  const folder = `dist/${name}`;
  await cp("dist/worker", folder, { recursive: true });
  await rename(`${folder}/index.js`, `${folder}/worker.mjs`);
  const text = await javaScriptOf(`test/workers/${name}.ts`);
  const files = [...text.matchAll(/"\.\.\/\.\.\/(worker\/\S+)\.ts"/g)].map(([, file]) => file as string);
  for (const file of files.filter((each) => each !== "worker/index"))
    await writeFile(`${folder}/${basename(file)}.mjs`, await javaScriptOf(`${file}.ts`));
  const toModules = (source: string): string =>
    source
      .replaceAll("../../worker/index.ts", "./worker.mjs")
      .replace(/"\.\.\/\.\.\/worker\/(?:\S+\/)?(\S+)\.ts"/g, '"./$1.mjs"');
  await writeFile(`${folder}/${name}.js`, toModules(text));
  return folder;
}

async function javaScriptOf(file: string): Promise<string> {
  return stripTypeScriptTypes(await readFile(file, "utf8"));
}
