/**
 * `npm run bench -- [--json] [--only NAME] [--rounds N]`: medians of interleaved rounds, on this machine, now. Each case
 * checks that all contenders give the right answers before it times them.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { buildCore, buildWorker } from "../local/build.ts";
import type { BenchCase } from "./compare.ts";
import { coreVerify } from "./core-verify.ts";
import { gatewayThreeHops } from "./gateway-3-hops.ts";

const CASES: Readonly<Record<string, (rounds: number) => Promise<BenchCase[]>>> = {
  "core-verify": coreVerify,
  "gateway-3-hops": gatewayThreeHops,
};

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string", default: "9" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log(`usage: npm run bench -- [--json] [--only NAME] [--rounds N]\ncases: ${Object.keys(CASES).join(", ")}`);
  process.exit(0);
}
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number, at least 1");
if (values.only !== undefined && !Object.hasOwn(CASES, values.only)) {
  throw new Error(`--only takes one of: ${Object.keys(CASES).join(", ")}`);
}

const progress = (text: string): void => console.error(text);
progress("building ...");
await buildCore();
await buildWorker("config/local.toml");
const cases: BenchCase[] = [];
for (const [name, run] of Object.entries(CASES)) {
  if (values.only !== undefined && values.only !== name) continue;
  progress(`${name} (${rounds} rounds) ...`);
  cases.push(...(await run(rounds)));
}

const [cpu] = cpus();
const machine = `${cpu?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`;
if (values.json) console.log(JSON.stringify({ machine, cases }, null, 2));
else {
  console.log(machine);
  for (const { name, unit, ours, peers, ratio, note } of cases) {
    console.log(`\n${name}: ${ours} ${unit}`);
    for (const [peer, value] of Object.entries(peers)) console.log(`  ${ratio[peer]}x of ${peer} (${value} ${unit})`);
    if (note !== undefined) console.log(`  ${note}`);
  }
}
process.exit(0);
