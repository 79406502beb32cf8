/** `hopgate inspect`: a chain as a table, and whether it verifies, by the very core that the gateway runs. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { unverifiedClaims } from "../../sdk/chain.ts";
import { type Core, instantiateCore } from "../../wasm/core.ts";
import { judgeChain } from "../../worker/chain/judge.ts";
import { readConfig } from "../../worker/config.ts";
import { HopError } from "../../worker/errors.ts";
import { createTrust } from "../../worker/trust/issuers.ts";
import { chainRows } from "../chain.ts";
import { readInput } from "../input.ts";
import { printable, table } from "../print.ts";

interface Options {
  config: string;
  claims?: boolean;
}

export function inspectCommand(): Command {
  return new Command("inspect")
    .description("show a chain as a table, verified or not and why")
    .argument("<chain>")
    .option(
      "--config <file>",
      "the gateway's configuration: whom it trusts, which audiences it serves",
      "config/local.toml",
    )
    .option("--claims", "also print every claim")
    .action(async (argument: string, options: Options) => {
      const chain = await readInput(argument, "chain");
      try {
        console.log(table(["hop", "from", "to", "scope", "expires"], chainRows(chain)));
        if (options.claims) printClaims(chain);
      } catch (error) {
        console.log(`   ${printable((error as Error).message)}`);
      }
      const { holds, text } = await judge(chain, options.config);
      console.log(`\n${text}`);
      if (!holds) process.exitCode = 1;
    });
}

function printClaims(chain: string): void {
  unverifiedClaims(chain).forEach((claims, index) => {
    const rows = Object.entries(claims).map(([name, value]) => [printable(name), printable(JSON.stringify(value))]);
    console.log(`\nhop ${index}\n${table(["", ""], rows)}`);
  });
}

/** Whether the chain holds, and in words: "verified", or the hop and the rule that refuse it. */
async function judge(chain: string, configFile: string): Promise<{ holds: boolean; text: string }> {
  const config = readConfig(await readFile(configFile, "utf8"));
  const core = await loadCore();
  const trust = createTrust(config.issuers)({
    kv: { get: async () => null, put: async () => undefined },
    fetch: (request) => fetch(request),
    now: () => Date.now(),
    waitUntil: () => undefined,
  });
  const audiences = [config.gateway.id, ...config.routes.map(({ audience }) => audience)];
  try {
    const { hops } = await judgeChain(chain, audiences, { config, core, trust, now: () => Date.now() });
    return { holds: true, text: `verified: ${hops.length} hops` };
  } catch (error) {
    if (!(error instanceof HopError)) throw error;
    const not = error.rule === "trust_unavailable" ? "not" : "NOT";
    return { holds: false, text: `${not} verified: ${error.message}` };
  }
}

async function loadCore(): Promise<Core> {
  const file = fileURLToPath(new URL("../../dist/core.wasm", import.meta.url));
  const bytes = await readFile(file).catch(() => {
    throw new Error("dist/core.wasm is not built: run `npm run build`");
  });
  return instantiateCore(bytes);
}
