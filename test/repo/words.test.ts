/**
 * Words to avoid, from the table of CONTRIBUTING.md, are in no document, no comment, no message and no name of a test.
 */
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

interface Advice {
  /** Finds the word in any case, also across the lines of a comment. */
  readonly pattern: RegExp;
  readonly word: string;
  readonly better: string;
}

/** The rows of the table, one for each word of the left column. */
function advices(): Advice[] {
  const [, table = ""] = /\| avoid \| better \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(read("CONTRIBUTING.md")) ?? [];
  return table.split("\n").flatMap((row) => {
    const [, words = "", better = ""] = row.split("|").map((cell) => cell.trim());
    return words
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean)
      .map((word) => {
        const spaced = word.replaceAll(" ", "\\s+(?:(?:\\*|//|#)\\s+)?");
        return { word, better, pattern: new RegExp(`(?<![\\w-])${spaced}(?![\\w-])`, "gi") };
      });
  });
}

/** The names of tests at their places in the text, and spaces for everything else. */
function namesIn(text: string): string {
  const calls = /\b(?:test|describe)(?:\.\w+(?:<[^>]*>)?\([\s\S]*?\))?\(\s*(["`][^"`]*["`])/g;
  const found = [...text.matchAll(calls)].map(({ 0: call, 1: name = "", index }) => ({
    name,
    at: index + call.length - name.length,
  }));
  const blank = (part: string): string => part.replace(/[^\n]/g, " ");
  const ends = found.map(({ name, at }) => at + name.length);
  return found.map(({ name, at }, index) => blank(text.slice(ends[index - 1] ?? 0, at)) + name).join("");
}

/** What people read: documents and programs whole, of tests their names. */
function texts(): [string, string][] {
  const documents = ["README.md", "SECURITY.md", "CHANGELOG.md", ...filesIn("docs", /\.(md|txt)$/)];
  const programs = [
    ...["worker", "wasm", "policies", "cli", "sdk", "local", "selfhost", "demo", "examples", "bench"],
    ...["config", "ops"],
  ].flatMap((folder) => filesIn(folder, /\.(ts|toml|yml|cedar|cedarschema)$/));
  const whole = [...documents, "wrangler.toml", ...programs].map((file): [string, string] => [file, read(file)]);
  const names = filesIn("test", /\.ts$/).map((file): [string, string] => [file, namesIn(read(file))]);
  return [...whole, ...names];
}

test("no text has a word that CONTRIBUTING.md advises against", () => {
  const all = advices();
  expect(all.length).toBeGreaterThan(60);
  const found = texts().flatMap(([file, text]) =>
    all.flatMap(({ pattern, word, better }) =>
      [...text.matchAll(pattern)].map(({ index }) => {
        const line = text.slice(0, index).split("\n").length;
        return `${file}:${line}: "${word}"; better: ${better}`;
      }),
    ),
  );
  expect(found).toEqual([]);
});

test("a word is found in any case, across lines of a comment, and only as a whole word", () => {
  const [come] = advices().filter(({ word }) => word === "what came of");
  expect("/**\n * What\n * came of it. */".match(come?.pattern ?? /$^/g)).toHaveLength(1);
  expect("somewhat came of age".match(come?.pattern ?? /$^/g)).toBeNull();
});

test("of a test only its names count, at their lines", () => {
  expect(namesIn('// a comment\ntest("is refused", () => {});\n').split("\n")[1]?.trim()).toBe('"is refused"');
});
