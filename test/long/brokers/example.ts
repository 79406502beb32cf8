/** An example of docs/messages.md, run as it stands: inside the repository, whose own package it imports. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { libraryKey } from "../../e2e/messages.ts";
import { keyNamed } from "../../vectors/craft.ts";
import { Daemon } from "./daemon.ts";

const FOLDER = "dist/broker-examples";

/** @param name first line of the example */
export async function startExample(name: string, env: Record<string, string>): Promise<Daemon> {
  const text = await readFile("docs/messages.md", "utf8");
  const [, code] = new RegExp(`\`\`\`ts\n// ${name}\n([\\s\\S]*?)\`\`\``).exec(text) ?? [];
  if (code === undefined) throw new Error(`docs/messages.md has no example \`${name}\``);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(`${FOLDER}/${name}`, code);
  await writeFile(`${FOLDER}/service.key.json`, JSON.stringify(libraryKey(await keyNamed("service"))));
  const example = new Daemon([process.execPath, name], env, undefined, FOLDER);
  await example.start();
  return example;
}
