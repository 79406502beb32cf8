/** Reads a policy folder: every `*.cedar`, `schema.cedarschema`, `entities.json`, `links.json`, `tests/*.json`. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PolicyCase, PolicyFiles } from "./test.ts";

export async function readPolicyFiles(folder: string): Promise<PolicyFiles> {
  const names = (await listFolder(folder)).filter((name) => name.endsWith(".cedar")).sort();
  if (names.length === 0) throw new Error(`no *.cedar file in ${folder}`);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return {
    cedarText: texts.join("\n"),
    schemaText: await readFile(join(folder, "schema.cedarschema"), "utf8"),
    entities: (await readJson(folder, "entities.json")) as PolicyFiles["entities"],
    links: (await readJson(folder, "links.json")) as PolicyFiles["links"],
    places: placesOf(names, texts),
  };
}

async function listFolder(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot read the folder \`${folder}\`: ${error.code}`);
  });
}

/** A list from an optional file. */
async function readJson(folder: string, name: string): Promise<unknown> {
  const text = await readFile(join(folder, name), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "[]";
    throw error;
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
}

/** The file and line of a line of the joined text. */
function placesOf(names: readonly string[], texts: readonly string[]): PolicyFiles["places"] {
  const starts = [1];
  for (const text of texts) starts.push((starts.at(-1) as number) + text.split("\n").length);
  return (line) => {
    const file = Math.max(
      0,
      starts.findLastIndex((start, index) => start <= line && index < names.length),
    );
    return { file: names[file] as string, line: line - (starts[file] as number) + 1 };
  };
}

export async function readPolicyCases(folder: string): Promise<PolicyCase[]> {
  const names = (await readdir(join(folder, "tests"))).filter((name) => name.endsWith(".json")).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, "tests", name), "utf8")));
  return files.flatMap((text) => JSON.parse(text) as PolicyCase[]);
}
