/** A project that has installed the packed package, with the examples of the documents in it. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { buildLibrary } from "../../local/packing/library.ts";
import { pack } from "../../local/packing/packed.ts";

export const PROJECT = resolve("dist/library");

/** @returns names of the examples, by their first line `// name.ts` */
export async function installLibrary(): Promise<string[]> {
  const archive = await pack(await buildLibrary());
  await rm(PROJECT, { recursive: true, force: true });
  await mkdir(`${PROJECT}/node_modules/hopgate`, { recursive: true });
  await promisify(execFile)("tar", ["-xzf", archive, "--strip-components=1", "-C", `${PROJECT}/node_modules/hopgate`]);
  for (const name of ["jose", "canonicalize"])
    await symlink(resolve("node_modules", name), `${PROJECT}/node_modules/${name}`);
  const dependencies = { hopgate: "*", jose: "*", canonicalize: "*" };
  await writeFile(`${PROJECT}/package.json`, JSON.stringify({ type: "module", dependencies }));
  for (const name of await readdir("test/library")) await copyFile(`test/library/${name}`, `${PROJECT}/${name}`);
  const examples = await examplesOf("docs/library.md");
  for (const [name, text] of examples) await writeFile(`${PROJECT}/${name}`, text);
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: ["node"],
  };
  await writeFile(`${PROJECT}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  return examples.map(([name]) => name);
}

/** The code of a document that names a file in its first line. */
async function examplesOf(document: string): Promise<[string, string][]> {
  const text = await readFile(document, "utf8");
  return [...text.matchAll(/```ts\n\/\/ ([\w-]+\.ts)\n([\s\S]*?)```/g)].map(([, name, code]) => [
    name as string,
    code as string,
  ]);
}
