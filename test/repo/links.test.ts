/** What documents point to exists: pages, their headings, and files of the repository. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { read, root } from "./files.ts";

const pages = [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "bench/README.md"],
  ...["docs", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ),
];

/** A page without its blocks of code, whose lines can look like headings and links. */
function proseOf(page: string): string {
  return read(page).replace(/^```[\s\S]*?^```$/gm, "");
}

/** The anchors of a page, as GitHub makes them from headings. */
function anchorsOf(page: string): Set<string> {
  const headings = [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

test("every link between documents points to a file and a heading that exist", () => {
  for (const page of pages) {
    for (const [, target = "", anchor] of proseOf(page).matchAll(/\]\(([^)#:\s]*)(?:#([^)\s]+))?\)/g)) {
      const file = target === "" ? page : relative(root, resolve(root, dirname(page), target));
      expect(existsSync(join(root, file)), `${page} links to ${target}`).toBe(true);
      if (anchor !== undefined && file.endsWith(".md"))
        expect(anchorsOf(file), `${page} links to ${target}#${anchor}`).toContain(anchor);
    }
  }
});

test("every file of the repository that a document names exists", () => {
  const named =
    /`((?:test|worker|wasm|cli|sdk|local|selfhost|demo|examples|bench|policies|config|ops)\/[\w./-]+|\.\.\/[\w./-]+)`/g;
  for (const page of pages) {
    for (const [, path = ""] of proseOf(page).matchAll(named)) {
      const found = [root, join(root, dirname(page))].some((from) => existsSync(resolve(from, path)));
      expect(found, `${page} names ${path}`).toBe(true);
    }
  }
});
