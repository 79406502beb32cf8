/**
 * npm scripts of several steps: each begins when the previous one has succeeded; those in a list run at the same time, and
 * what needs no step, and no step needs, runs beside the last one.
 * `npm run NAME -- --help` lists them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { endPlainly } from "./end-plainly.ts";
import { execute, TOOL_ENV } from "./execute.ts";

interface Script {
  readonly about: string;
  readonly steps: readonly (string | readonly string[])[];
  /** Scripts that run beside the last step. What one prints is shown if it fails, which ends the run. */
  readonly beside?: readonly string[];
  /** Environment variables of each step. */
  readonly env?: Readonly<Record<string, string>>;
  /** The options that it takes, refused before the first step if wrong; by default the last step judges them. */
  readonly takes?: Pick<ParseArgsConfig, "options" | "allowPositionals">;
}

/** Of vitest's options, those that are of use here: it checks them only after the build, and with a stack trace. */
const OF_VITEST: Script["takes"] = {
  options: {
    project: { type: "string", multiple: true },
    testNamePattern: { type: "string", short: "t" },
    reporter: { type: "string", multiple: true },
    bail: { type: "string" },
    retry: { type: "string" },
    shard: { type: "string" },
    update: { type: "boolean", short: "u" },
  },
  allowPositionals: true,
};

const SCRIPTS: Readonly<Record<string, Script>> = {
  test: {
    about: "lint, types, build, policies, tests; files and these options go to vitest",
    takes: OF_VITEST,
    steps: ["node local/build.ts --tests", "vitest run"],
    beside: ["lint", "types", "policies"],
  },
  "test:long": {
    about:
      "the campaigns at full size (`npm test` runs a tenth), and test/long/ with programs of other projects; CI runs both",
    takes: OF_VITEST,
    env: { HOPGATE_LONG: "1" },
    steps: ["node local/build.ts --tests", "vitest run .long.test.ts test/long/"],
  },
  "release:check": {
    about:
      "whether the version in package.json can be released: changelog, tags, the packed library in every runtime, and the packed command line",
    env: { HOPGATE_LONG: "1", HOPGATE_RELEASE: "1" },
    takes: {},
    steps: [
      "node local/release.ts",
      "node local/build.ts --tests",
      "vitest run test/long/library.test.ts test/long/command-line.test.ts",
    ],
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
    // Several checkers, the default, repeat each other's work: with garbage collection, twice the CPU time.
    steps: [["tsc -p tsconfig.json --checkers 1", "tsc -p tsconfig.node.json --checkers 1"]],
    env: { GOGC: "off" },
  },
  policies: {
    about: "check the policies of policies/, and run their tests",
    steps: ["node cli/hopgate.ts policy check", "node cli/hopgate.ts policy test"],
  },
};

const running = new Set<ChildProcess>();

function run(command: string, more: readonly string[], env: Script["env"]): Promise<number> {
  const [program, ...args] = [...command.split(" "), ...more] as [string, ...string[]];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const child = spawn(program, args, { cwd, env: { ...TOOL_ENV, ...env }, stdio: "inherit" });
  running.add(child);
  return new Promise((done) => {
    const end = (code: number | null): void => {
      running.delete(child);
      done(code ?? 1);
    };
    child.once("error", () => end(1)).once("close", end);
  });
}

/** Interrupts the step, so that tests stop the gateways that they have started, and ends the run. */
async function fail(code: number): Promise<never> {
  const ends = [...running].map((child) => new Promise((done) => child.once("close", done)));
  for (const child of running) child.kill("SIGINT");
  await Promise.all(ends);
  process.exit(code);
}

/** Runs a step, and ends the run if it fails. */
async function runStep(step: Script["steps"][number], more: readonly string[], { env }: Script): Promise<void> {
  const codes = await Promise.all([step].flat().map((command) => run(command, more, env)));
  const failed = codes.find((code) => code !== 0);
  if (failed !== undefined) await fail(failed);
}

/** Runs an npm script of this file, and ends the run if it fails. */
async function runBeside(name: string): Promise<void> {
  try {
    await execute("node", ["local/steps.ts", name]);
  } catch (error) {
    console.log(`\nnpm run ${name}: ${(error as Error).message}`);
    await fail(1);
  }
}

function helpOf(name: string, { about, steps, beside = [], takes }: Script): string {
  const options = Object.entries(takes?.options ?? {}).map(([option, { short }]) =>
    short === undefined ? `--${option}` : `--${option} (-${short})`,
  );
  const listed = options.length === 0 ? "" : `\n\noptions: ${options.join(", ")}`;
  const usage = name === "test" ? "npm test" : `npm run ${name}`;
  const also = beside.map((script) => `\n  npm run ${script}  (beside the tests)`).join("");
  return `usage: ${usage}\n\n${about}:\n\n  ${steps.flat().join("\n  ")}${also}${listed}`;
}

async function main(): Promise<void> {
  const [name = "", ...more] = process.argv.slice(2);
  const script = SCRIPTS[name];
  if (script === undefined) throw new Error(`there is no script \`${name}\``);
  if (more.includes("--help") || more.includes("-h")) return void console.log(helpOf(name, script));
  if (script.takes !== undefined) parseArgs({ args: more, ...script.takes });
  const { steps, beside = [] } = script;
  for (const step of steps.slice(0, -1)) await runStep(step, [], script);
  if (beside.length > 0) console.log(`${beside.join(", ")} run beside; what fails is shown`);
  await Promise.all([...beside.map(runBeside), runStep(steps.at(-1) ?? [], more, script)]);
}

await endPlainly(process.argv[2] ?? "steps", main());
