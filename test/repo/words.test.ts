/** Words to avoid, from the table of CONTRIBUTING.md, stand in no document, no message and no name of a test. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const filesIn = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => `${folder}/${name}`);

/** The left column of the table. */
function wordsToAvoid(): string[] {
  const [, table = ""] = /\| avoid \| better \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(read("CONTRIBUTING.md")) ?? [];
  return table.split("\n").flatMap((row) =>
    (row.split("|")[1] ?? "")
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean),
  );
}

/** What people read: documents whole, of programs everything, of tests their names. */
function texts(): [string, string][] {
  const documents = ["README.md", "SECURITY.md", ...filesIn("docs", /\.(md|txt)$/)];
  const programs = ["cli", "sdk", "local", "selfhost", "demo", "examples"].flatMap((folder) =>
    filesIn(folder, /\.ts$/),
  );
  const messages = ["worker/rules.ts", "worker/config.ts", ...filesIn("worker/config", /\.ts$/)];
  const whole = [...documents, ...programs, ...messages].map((file): [string, string] => [file, read(file)]);
  const names = filesIn("test", /\.test\.ts$/).map((file): [string, string] => [
    file,
    [...read(file).matchAll(/\b(?:test|describe)(?:\.\w+(?:<[^>]*>)?\([\s\S]*?\))?\(\s*(["`][^"`]*["`])/g)]
      .map(([, name]) => name)
      .join("\n"),
  ]);
  return [...whole, ...names];
}

test("no text has a word that CONTRIBUTING.md advises against", () => {
  const words = wordsToAvoid();
  expect(words.length).toBeGreaterThan(15);
  const found = texts().flatMap(([file, text]) => {
    const spaced = text.replace(/\s+(?:\*|\/\/)?\s*/g, " ").toLowerCase();
    return words.filter((word) => new RegExp(`\\b${word}\\b`).test(spaced)).map((word) => `${file}: "${word}"`);
  });
  expect(found).toEqual([]);
});
