/** What `npm run release:check` refuses before it builds anything. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { objectionsToRelease, type ReleaseState } from "../../local/release.ts";

const FIT: ReleaseState = {
  version: "0.2.0",
  changelog: "# Changelog\n\n## 0.2.0 (2026-12-01)\n\n- New.\n\n## 0.1.0 (2026-11-01)\n",
  tags: ["v0.1.0"],
  changes: "",
};

test("a version with its section in the changelog, without a tag and without changes can be released", () => {
  expect(objectionsToRelease(FIT)).toEqual([]);
});

describe("a release is refused", () => {
  test.each<[string, Partial<ReleaseState>, string]>([
    ["whose version is not of SemVer", { version: "0.2" }, "`0.2` is not a version of SemVer"],
    ["whose section has no date", { changelog: "## 0.2.0 (unreleased)\n" }, "it must be `## 0.2.0 (YYYY-MM-DD)`"],
    ["whose changelog begins with another version", { changelog: "## 0.1.0 (2026-11-01)\n" }, "CHANGELOG.md: "],
    ["whose changelog has no section", { changelog: "# Changelog\n" }, "CHANGELOG.md: "],
    ["whose tag exists", { tags: ["v0.2.0"] }, "the tag v0.2.0 exists"],
    ["with uncommitted changes", { changes: " M README.md\n" }, "uncommitted changes"],
  ])("%s", (_, change, objection) => {
    expect(objectionsToRelease({ ...FIT, ...change }).join("\n")).toContain(objection);
  });
});

test("the changelog has a section for each version, the newest first: that of package.json", () => {
  const changelog = readFileSync("CHANGELOG.md", "utf8");
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const headings = changelog.match(/^## .*$/gm) ?? [];
  expect(headings[0]).toMatch(/^## \d+\.\d+\.\d+ \((unreleased|\d{4}-\d{2}-\d{2})\)$/);
  expect(headings[0]).toContain(`## ${version} (`);
  for (const heading of headings.slice(1)) expect(heading).toMatch(/^## \d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\)$/);
});
