/** No regular expression takes more than linear time on any input: recheck looks for those that do. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkSync } from "recheck";
import { parseSync } from "vite";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["worker", "sdk", "wasm", "cli", "selfhost"];

// Its part in JavaScript, not a program of the platform: the same everywhere, and a seed that stays.
process.env["RECHECK_BACKEND"] = "pure";

/** What recheck says of it; only what it has proven linear, or has attacked in vain, will do. */
function verdictOf({ source, flags }: Found): string {
  return checkSync(source, flags, { randomSeed: 1, timeout: 20_000 }).status;
}

interface Found {
  readonly source: string;
  readonly flags: string;
}

/** Every literal of a file, and every pattern that stands as a text in `RegExp(...)`. */
function expressionsIn(file: string): Found[] {
  const found: Found[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { type, regex, callee } = node as {
      type?: string;
      regex?: { pattern: string; flags: string };
      callee?: { name?: string };
    };
    if (type === "Literal" && regex) found.push({ source: regex.pattern, flags: regex.flags });
    if (callee?.name === "RegExp") throw new Error(`${file} makes a RegExp from a text: write it as a literal`);
    for (const child of Object.values(node)) visit(child);
  };
  const { program, errors } = parseSync(file, readFileSync(join(root, file), "utf8"));
  expect(errors, file).toEqual([]);
  visit(program);
  return found;
}

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("assembly"))
    .map((name) => join(folder, name)),
);
const all = files.flatMap((file) => expressionsIn(file).map((found) => ({ file, ...found })));
const expressions = [...new Map(all.map((found) => [`/${found.source}/${found.flags}`, found])).values()];

test("the analysis finds a slow regular expression", () => {
  // The one that stopped an isolate for four seconds.
  expect(verdictOf({ source: String.raw`"(?:[^"\\]|\\.)*"(?=\s*:)`, flags: "g" })).toBe("vulnerable");
  expect(verdictOf({ source: "(a+)+$", flags: "" })).toBe("vulnerable");
  expect(verdictOf({ source: String.raw`^[\w.]+@`, flags: "" })).toBe("safe");
  expect(expressions.length).toBeGreaterThan(50);
});

test("no regular expression backtracks on its input", () => {
  const slow = expressions.filter((found) => verdictOf(found) !== "safe");
  expect(slow.map(({ file, source, flags }) => `${file}: /${source}/${flags}`)).toEqual([]);
});
