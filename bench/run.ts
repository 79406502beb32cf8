/**
 * `npm run bench -- [--json] [--only NAME] [--rounds N]`: medians of interleaved rounds, on this machine, now. Each case
 * checks that all contenders give the right answers before it times them.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { buildCore, buildWorker } from "../local/build.ts";
import type { BenchCase } from "./compare.ts";
import { coreCases, coreHashes, coreStart } from "./core.ts";
import { exchanges } from "./exchange.ts";
import { GATEWAY_CASES, gatewayThreeHops } from "./gateway-3-hops.ts";
import { LEDGER_CASES, ledgerAppend } from "./ledger.ts";
import { POLICY_CASES, policyCases } from "./policy.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string", default: "9" },
    help: { type: "boolean", short: "h", default: false },
  },
});
/** What `--only` names, by the function that measures it; the cases of the core come many at a time. */
const HASHES = ["core-sha512-400", "core-sha256-1k"];
const START = ["core-size", "core-instantiate"];
/** Both, too. */
const GATEWAY = ["gateway-3-hops", ...GATEWAY_CASES];
const EXCHANGE = ["exchange"];

if (values.help) {
  console.log(`usage: npm run bench -- [--json] [--only NAME] [--rounds N]
cases in workerd, and with "-node" in Node: core-verify-known-key, core-verify-unknown-key, core-verify-known-key-fallback,
  core-chain-4-known, core-chain-4-mixed, core-chain-4-full, core-chain-4-again, core-hops-1 to core-hops-8
  core-verify: core-verify-unknown-key with libsodium from Node
others: ${[...HASHES, ...START, ...POLICY_CASES, ...GATEWAY, ...EXCHANGE, ...LEDGER_CASES].join(", ")}`);
  process.exit(0);
}
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number, at least 1");
const { only } = values;

const progress = (text: string): void => console.error(text);
progress("building ...");
await buildCore();
await buildWorker("config/local.toml");
const wants = (names: readonly string[]): boolean => only === undefined || names.includes(only);
const isCore = only === undefined || (only.startsWith("core-") && ![...HASHES, ...START].includes(only));
const cases: BenchCase[] = [];
async function measure(what: string, run: (rounds: number) => Promise<BenchCase[]>): Promise<void> {
  progress(`${what} (${rounds} rounds) ...`);
  cases.push(...(await run(rounds)));
}
if (isCore) await measure("core", coreCases(only));
if (wants(HASHES)) await measure("hashes", coreHashes);
if (wants(START)) await measure("cold start", coreStart);
if (wants(POLICY_CASES)) await measure("policies", policyCases(only));
if (wants(GATEWAY)) await measure("gateway", gatewayThreeHops);
if (wants(LEDGER_CASES)) await measure("ledger", ledgerAppend);
if (wants(EXCHANGE)) await measure("token exchange", exchanges);
if (cases.length === 0) throw new Error(`there is no case \`${only}\`: see --help`);

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
