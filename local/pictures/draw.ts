/** Pictures of the documents: docs/pictures/NAME.txt becomes docs/pictures/NAME.svg. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parts } from "./parts.ts";
import { sequence } from "./sequence.ts";

const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const KINDS = { sequence, parts } as const;

/** Every picture, by its file. */
export function pictures(): Record<string, () => string> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));
  return Object.fromEntries(
    names.map((name) => [
      `docs/pictures/${name.replace(".txt", ".svg")}`,
      () => draw(readFileSync(`${FOLDER}${name}`, "utf8")),
    ]),
  );
}

/** @param text its first line is the kind, its second the title */
export function draw(text: string): string {
  const [kind = "", title = "", ...rows] = text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  if (!Object.hasOwn(KINDS, kind)) throw new Error(`\`${kind}\` is not a kind of picture`);
  return KINDS[kind as keyof typeof KINDS](title.replace("title: ", ""), rows);
}
