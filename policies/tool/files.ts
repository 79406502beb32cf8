/** Reads a policy folder: every `*.cedar`, `schema.cedarschema`, `entities.json`, `tests/*.json`. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PolicyCase, PolicyFiles } from "./test.ts";

export async function readPolicyFiles(folder: string): Promise<PolicyFiles> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".cedar")).sort();
  if (names.length === 0) throw new Error(`no *.cedar file in ${folder}`);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return {
    cedarText: texts.join("\n"),
    schemaText: await readFile(join(folder, "schema.cedarschema"), "utf8"),
    entities: JSON.parse(await readFile(join(folder, "entities.json"), "utf8")) as PolicyFiles["entities"],
  };
}

export async function readPolicyCases(folder: string): Promise<PolicyCase[]> {
  const names = (await readdir(join(folder, "tests"))).filter((name) => name.endsWith(".json")).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, "tests", name), "utf8")));
  return files.flatMap((text) => JSON.parse(text) as PolicyCase[]);
}
