/** The conformance suite of the Model Context Protocol, run by its own command, and the verdict of each check. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installJudge, NODE } from "../judge.ts";

/** As published; its scenarios and requirement sets are frozen with it. */
export const SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12";

/** `scenario check` to its worst verdict. */
export type Verdicts = ReadonlyMap<string, string>;

const ORDER = ["INFO", "SKIPPED", "SUCCESS", "WARNING", "FAILURE"];

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

/**
 * @param args of the suite's command, such as `server`, `--url`, ...
 * @param meanwhile what a person does about what the suite prints
 */
export async function runSuite(
  args: readonly string[],
  meanwhile?: (stdout: NodeJS.ReadableStream) => Promise<void>,
): Promise<Verdicts> {
  const suite = await installJudge(SUITE);
  const out = await mkdtemp(join(tmpdir(), "hopgate-suite-"));
  const running = spawn(NODE, [join(suite, "dist/index.js"), ...args, "-o", out], {
    stdio: ["ignore", meanwhile ? "pipe" : "ignore", "ignore"],
  });
  const closed = once(running, "close");
  if (running.stdout !== null) await meanwhile?.(running.stdout);
  // It ends with 1 when a check fails, which is a verdict too.
  await closed;
  const verdicts = await readVerdicts(out);
  await rm(out, { recursive: true });
  if (verdicts.size === 0) throw new Error(`the suite said nothing: ${args.join(" ")}`);
  return verdicts;
}

async function readVerdicts(out: string): Promise<Verdicts> {
  const verdicts = new Map<string, string>();
  for (const folder of await readdir(out)) {
    const scenario = folder.replace(/^(?:authorization-server|server)-/, "").replace(/-\d{4}-\d\d-\d\dT.*$/, "");
    const checks = JSON.parse(await readFile(join(out, folder, "checks.json"), "utf8")) as Check[];
    for (const { id, status } of checks) {
      const name = `${scenario} ${id}`;
      const before = verdicts.get(name);
      if (before === undefined || ORDER.indexOf(status) > ORDER.indexOf(before)) verdicts.set(name, status);
    }
  }
  return verdicts;
}

/** How many checks have each verdict. */
export function countOf(verdicts: Verdicts): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts.values()) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

/** What two runs say differently. */
export function differences(straight: Verdicts, through: Verdicts): Readonly<Record<string, string>> {
  const names = [...new Set([...straight.keys(), ...through.keys()])].sort();
  const told = (verdicts: Verdicts, name: string): string => verdicts.get(name) ?? "absent";
  return Object.fromEntries(
    names
      .filter((name) => told(straight, name) !== told(through, name))
      .map((name) => [name, `${told(straight, name)} -> ${told(through, name)}`]),
  );
}
