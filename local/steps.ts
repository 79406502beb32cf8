/**
 * npm scripts of several steps: each begins when the previous one has succeeded; those in a list run at the same time.
 * `npm run NAME -- --help` lists them.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { allowClosedOutput } from "./closed-output.ts";
import { TOOL_ENV } from "./execute.ts";

interface Script {
  readonly about: string;
  readonly steps: readonly (string | readonly string[])[];
  /** Environment variables of each step. */
  readonly env?: Readonly<Record<string, string>>;
}

const SCRIPTS: Readonly<Record<string, Script>> = {
  test: {
    about: "lint, types, build, policies, tests; arguments go to vitest, such as `-- --project unit`",
    steps: [
      ["npm run --silent lint", "npm run --silent types", "npm run --silent policies", "node local/build.ts --tests"],
      "vitest run",
    ],
  },
  "test:long": {
    about:
      "the campaigns at full size (`npm test` runs a tenth), and test/long/ with programs of other projects; CI runs both",
    env: { HOPGATE_LONG: "1" },
    steps: ["node local/build.ts --tests", "vitest run .long.test.ts test/long/"],
  },
  "release:check": {
    about:
      "whether the version in package.json can be released: changelog, tags, and the packed library in every runtime",
    env: { HOPGATE_LONG: "1", HOPGATE_RELEASE: "1" },
    steps: ["node local/release.ts", "node local/build.ts --tests", "vitest run test/long/library.test.ts"],
  },
  lint: {
    about: "lint everything and check its format; arguments go to biome, such as a file",
    steps: ["biome check --error-on-warnings"],
  },
  format: {
    about: "format everything, and correct what lint can correct; arguments go to biome, such as a file",
    steps: ["biome check --write"],
  },
  types: {
    about: "check the types of everything",
    steps: ["tsc -p tsconfig.json", "tsc -p tsconfig.node.json", "tsc -p test/unit/tsconfig.json"],
  },
  policies: {
    about: "check the policies of policies/, and run their tests",
    steps: ["node cli/hopgate.ts policy check", "node cli/hopgate.ts policy test"],
  },
};

async function run(step: string, more: readonly string[], env: Script["env"]): Promise<number> {
  const [command, ...args] = step.split(" ") as [string, ...string[]];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const child = spawn(command, [...args, ...more], { cwd, env: { ...TOOL_ENV, ...env }, stdio: "inherit" });
  return new Promise((done) => {
    child.once("error", () => done(1)).once("exit", (code) => done(code ?? 1));
  });
}

allowClosedOutput();
const [name = "", ...more] = process.argv.slice(2);
const script = SCRIPTS[name];
if (script === undefined) throw new Error(`there is no script \`${name}\``);
const { about, steps, env } = script;
if (more.includes("--help") || more.includes("-h")) {
  console.log(
    `usage: ${name === "test" ? "npm test" : `npm run ${name}`}\n\n${about}:\n\n  ${steps.flat().join("\n  ")}`,
  );
} else {
  for (const [index, step] of steps.entries()) {
    const given = index === steps.length - 1 ? more : [];
    const codes = await Promise.all([step].flat().map((command) => run(command, given, env)));
    const failed = codes.find((code) => code !== 0);
    if (failed !== undefined) process.exit(failed);
  }
}
