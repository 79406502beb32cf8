/**
 * `npm run bench -- [--json] [--only NAME] [--rounds N]`: medians of interleaved rounds, on this machine, now. Each case
 * checks that all contenders give the right answers before it times them.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { buildCore, buildWorker } from "../local/build.ts";
import { endPlainly } from "../local/end-plainly.ts";
import { QUESTIONS } from "./cases.ts";
import type { BenchCase } from "./compare.ts";
import { helpText } from "./help.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string" },
      rounds: { type: "string", default: "9" },
      requests: { type: "string" },
      rate: { type: "string" },
      entries: { type: "string", default: "20000" },
      minutes: { type: "string", default: "10" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void console.log(helpText());
  const { only } = values;
  const options = {
    only,
    rounds: atLeastOne("rounds", values.rounds),
    entries: atLeastOne("entries", values.entries),
    minutes: atLeastOne("minutes", values.minutes),
    requests: values.requests === undefined ? undefined : atLeastOne("requests", values.requests),
    rate: values.rate === undefined ? undefined : atLeastOne("rate", values.rate),
  };
  const wanted = QUESTIONS.filter(({ names, byName }) => (only === undefined ? !byName : names.includes(only)));
  if (wanted.length === 0) throw new Error(`there is no case \`${only}\`: see --help`);

  // So that what was started is ended, too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

  console.error("building ...");
  await buildCore();
  await buildWorker("config/local.toml");
  const cases: BenchCase[] = [];
  for (const { names, run } of wanted) {
    console.error(
      `${only ?? (names.length > 1 ? `${names[0]} and ${names.length - 1} more` : names[0])} (${options.rounds} rounds) ...`,
    );
    cases.push(...(await run(options)));
  }

  print(cases, values.json);
  process.exit(0);
}

function print(cases: readonly BenchCase[], json: boolean): void {
  const [cpu] = cpus();
  const machine = `${cpu?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`;
  if (json) console.log(inLines(JSON.stringify({ machine, cases }, null, 2)));
  else {
    console.log(machine);
    for (const { name, unit, ours, peers, ratio, note } of cases) {
      console.log(`\n${name}: ${ours} ${unit}`);
      for (const [peer, value] of Object.entries(peers)) console.log(`  ${ratio[peer]}x of ${peer} (${value} ${unit})`);
      if (note !== undefined) console.log(`  ${note}`);
    }
  }
}

/** The numbers of a list in one line. */
function inLines(json: string): string {
  return json.replace(/\[[\d\s.,eE+-]*\]/g, (list) => list.replace(/\s+/g, " "));
}

function atLeastOne(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${option} takes a whole number, at least 1`);
  return value;
}

await endPlainly("bench", main());
