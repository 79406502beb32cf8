/**
 * The first step of `npm run release:check`: whether version, changelog and tags match. The later steps build and pack
 * the package, and run it in every supported runtime.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { endPlainly } from "./end-plainly.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface ReleaseState {
  /** The version in package.json. */
  readonly version: string;
  readonly changelog: string;
  /** Tags of the repository. */
  readonly tags: readonly string[];
  /** The output of `git status --porcelain`. */
  readonly changes: string;
}

/** What must change before the version is released; empty if nothing. */
export function objectionsToRelease({ version, changelog, tags, changes }: ReleaseState): string[] {
  const objections: string[] = [];
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version))
    objections.push(`package.json: \`${version}\` is not a version of SemVer 2.0.0`);
  const heading = changelog.match(/^## .*$/m)?.[0] ?? "";
  const [, released, date] = /^## (\S+) \((\d{4}-\d{2}-\d{2})\)$/.exec(heading) ?? [];
  if (released !== version || date === undefined)
    objections.push(`CHANGELOG.md: the first section is \`${heading}\`; it must be \`## ${version} (YYYY-MM-DD)\``);
  if (tags.includes(`v${version}`)) objections.push(`git: the tag v${version} exists: raise the version`);
  if (changes.trim() !== "") objections.push("git: there are uncommitted changes");
  return objections;
}

async function git(...args: string[]): Promise<string> {
  return (await promisify(execFile)("git", args, { cwd: root })).stdout;
}

async function main(): Promise<void> {
  const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8")) as { version: string };
  const objections = objectionsToRelease({
    version,
    changelog: await readFile(`${root}CHANGELOG.md`, "utf8"),
    tags: (await git("tag", "--list")).split("\n"),
    changes: await git("status", "--porcelain"),
  });
  if (objections.length > 0) throw new Error(objections.join("\nrelease: "));
  console.log(`version ${version}: changelog, tags and work tree match`);
}

if (import.meta.main) await endPlainly("release", main());
