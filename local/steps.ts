/**
 * npm scripts of several steps: each begins when the previous one has succeeded; those in a list run at the same time, and
 * what needs no step, and no step needs, runs beside the last one.
 * `npm run NAME -- --help` lists them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { endPlainly } from "./end-plainly.ts";
import { TOOL_ENV } from "./execute.ts";

interface Script {
  readonly about: string;
  readonly steps: readonly (string | readonly string[])[];
  /** Run beside the last step. What one prints is shown if it fails, which ends the run. */
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
    beside: ["node local/steps.ts lint", "node local/steps.ts types", "node local/steps.ts policies"],
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

interface Ran {
  readonly code: number;
  /** Empty if it was shown. */
  readonly printed: string;
}

const running = new Set<ChildProcess>();

/** @param beside without showing what it prints */
function run(command: string, more: readonly string[], env: Script["env"], beside = false): Promise<Ran> {
  const [program, ...args] = [...command.split(" "), ...more] as [string, ...string[]];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const child = spawn(program, args, { cwd, env: { ...TOOL_ENV, ...env }, stdio: beside ? "pipe" : "inherit" });
  running.add(child);
  let printed = "";
  for (const output of [child.stdout, child.stderr])
    output?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  return new Promise((done) => {
    const end = (code: number | null): void => {
      running.delete(child);
      done({ code: code ?? 1, printed });
    };
    child.once("error", () => end(1)).once("close", end);
  });
}

let isEnding = false;

/** Interrupts what still runs, so that tests stop the gateways that they have started, and ends the run. */
async function fail(code: number): Promise<never> {
  isEnding = true;
  const ends = [...running].map((child) => new Promise((done) => child.once("close", done)));
  for (const child of running) child.kill("SIGINT");
  await Promise.all(ends);
  process.exit(code);
}

/** Runs a step, and ends the run if it fails. */
async function runAll(step: Script["steps"][number], more: readonly string[], { env }: Script): Promise<void> {
  const ran = await Promise.all([step].flat().map((command) => run(command, more, env)));
  const failed = ran.find(({ code }) => code !== 0);
  if (failed !== undefined) await fail(failed.code);
}

async function runBeside(command: string, { env }: Script): Promise<void> {
  const { code, printed } = await run(command, [], env, true);
  if (code === 0 || isEnding) return;
  process.stdout.write(`\n${command} failed:\n${printed}`);
  await fail(code);
}

function helpOf(name: string, { about, steps, beside = [], takes }: Script): string {
  const options = Object.entries(takes?.options ?? {}).map(([option, { short }]) =>
    short === undefined ? `--${option}` : `--${option} (-${short})`,
  );
  const listed = options.length === 0 ? "" : `\n\noptions: ${options.join(", ")}`;
  const usage = name === "test" ? "npm test" : `npm run ${name}`;
  const also = beside.map((command) => `\n  ${command}  (beside the tests)`).join("");
  return `usage: ${usage}\n\n${about}:\n\n  ${steps.flat().join("\n  ")}${also}${listed}`;
}

async function main(): Promise<void> {
  const [name = "", ...more] = process.argv.slice(2);
  const script = SCRIPTS[name];
  if (script === undefined) throw new Error(`there is no script \`${name}\``);
  if (more.includes("--help") || more.includes("-h")) return void console.log(helpOf(name, script));
  if (script.takes !== undefined) parseArgs({ args: more, ...script.takes });
  for (const step of script.steps.slice(0, -1)) await runAll(step, [], script);
  const besides = (script.beside ?? []).map((command) => runBeside(command, script));
  if (besides.length > 0) console.log(`beside: ${script.beside?.join(", ")}; what fails is shown`);
  await runAll(script.steps.at(-1) ?? [], more, script);
  await Promise.all(besides);
}

await endPlainly(process.argv[2] ?? "steps", main());
