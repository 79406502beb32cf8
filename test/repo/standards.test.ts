/** docs/standards.md names tests that are there, and every draft that documents and code name, in one revision. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const DRAFT = /draft-[a-z]+-[a-z-]*[a-z]/g;
/** Named only to say that it is not offered. */
const NOT_OFFERED = "draft-mcguinness-authzen-access-request";

/** Cells of each row: specification, revision, sections, built, not built, tests. */
const rows = read("docs/standards.md")
  .split("\n")
  .filter((line) => /^\| (?!specification)/.test(line))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("every row says which revision, what is implemented or not, and which existing tests test it", () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const row of rows) {
    expect(row, row.join("|")).toHaveLength(6);
    const [specification, revision, , built, missing, tests = ""] = row;
    expect([specification, revision], row.join("|")).not.toContain("");
    expect(`${built}${missing}`).not.toBe("");
    const named = [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file as string);
    expect(named.length, row.join("|")).toBeGreaterThan(0);
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  }
});

test("a draft has a row of its own, with the number of one revision", () => {
  const drafts = rows.filter(([specification = ""]) => specification.startsWith("draft-"));
  expect(drafts.length).toBeGreaterThan(8);
  for (const [specification, revision] of drafts) expect(revision, specification).toMatch(/^\d\d$/);
});

test("every draft that a document or the code names has a row", () => {
  const files = ["docs", "worker", "sdk"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(md|ts)$/.test(name) && name !== "standards.md")
      .map((name) => join(folder, name)),
  );
  const named = new Set(files.flatMap((file) => read(file).match(DRAFT) ?? []));
  const known = new Set(rows.map(([specification]) => specification));
  expect(named.size).toBeGreaterThan(5);
  expect([...named].filter((draft) => !known.has(draft) && draft !== NOT_OFFERED)).toEqual([]);
});

test("every document of a draft that has a row names its revision, in the same number", () => {
  const wrong = readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md") && name !== "standards.md")
    .flatMap((name) =>
      [...read(`docs/${name}`).matchAll(/(draft-[a-z]+-[a-z-]*[a-z])(?:-(\d\d))?/g)].map((match) => ({ name, match })),
    )
    .filter(({ match: [, draft] }) => draft !== NOT_OFFERED)
    .filter(({ match: [, draft, revision] }) => rows.find(([known]) => known === draft)?.[1] !== revision);
  expect(wrong.map(({ name, match }) => `docs/${name}: ${match[0]}`)).toEqual([]);
});
