/** `hopgate inspect`: a chain as a table, and whether it verifies, by the very core that the gateway runs. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { type ChainVerdict, type Core, instantiateCore } from "../../wasm/core.ts";
import { EXPLANATIONS } from "../../wasm/verdict.ts";
import { readConfig } from "../../worker/config.ts";
import { createTrust } from "../../worker/trust/issuers.ts";
import { verifySignature } from "../../worker/trust/signature.ts";
import { chainRows, unverifiedClaims } from "../chain.ts";
import { readChain } from "../input.ts";
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
      const chain = await readChain(argument);
      try {
        console.log(table(["hop", "from", "to", "scope", "expires"], chainRows(chain)));
        if (options.claims) printClaims(chain);
      } catch (error) {
        console.log(`   ${printable((error as Error).message)}`);
      }
      const verdict = await judge(chain, options.config);
      console.log(`\n${verdict}`);
      if (!verdict.startsWith("verified")) process.exitCode = 1;
    });
}

function printClaims(chain: string): void {
  unverifiedClaims(chain).forEach((claims, index) => {
    const rows = Object.entries(claims).map(([name, value]) => [printable(name), printable(JSON.stringify(value))]);
    console.log(`\nhop ${index}\n${table(["", ""], rows)}`);
  });
}

/** "verified", or the hop and the rule that refuse it. */
async function judge(chain: string, configFile: string): Promise<string> {
  const config = readConfig(await readFile(configFile, "utf8"));
  const core = await loadCore();
  const trust = createTrust(config.issuers)({
    kv: { get: async () => null, put: async () => undefined },
    fetch: (request) => fetch(request),
    now: () => Date.now(),
    waitUntil: () => undefined,
  });
  const ask = (): ChainVerdict =>
    core.verifyChain(chain, {
      trust: trust.anchors(),
      audiences: [config.gateway.id, ...config.routes.map(({ audience }) => audience)],
      now: Math.floor(Date.now() / 1000),
      skew: config.gateway.clock_skew,
      maxHops: config.gateway.max_hops,
      maxBytes: config.gateway.max_bytes,
    });
  let verdict = ask();
  if (!verdict.ok && verdict.issuer !== undefined) {
    const found = await trust.lookFor(verdict.issuer);
    if (found === "unavailable") return "not verified: the issuer's keys cannot be had at present (trust_unavailable)";
    verdict = ask();
  }
  if (!verdict.ok) {
    const member = verdict.member === undefined ? "" : `\`${verdict.member}\`, `;
    return `NOT verified: hop ${verdict.hop}: ${EXPLANATIONS[verdict.rule]} (${member}${verdict.rule})`;
  }
  const { keys } = trust.anchors();
  for (const pending of verdict.pending) {
    if (await verifySignature(pending, keys)) continue;
    return `NOT verified: hop ${pending.hop}: ${EXPLANATIONS.signature_invalid} (signature_invalid)`;
  }
  return `verified: ${verdict.hops.length} hops`;
}

async function loadCore(): Promise<Core> {
  const file = fileURLToPath(new URL("../../dist/core.wasm", import.meta.url));
  const bytes = await readFile(file).catch(() => {
    throw new Error("dist/core.wasm is not built: run `npm run build`");
  });
  return instantiateCore(bytes);
}
