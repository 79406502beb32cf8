/** `hopgate inspect`: a chain as a table, and whether it verifies, by the same core that the gateway runs. */
import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { decodeProtectedHeader } from "jose";
import { readConfigFile } from "../../local/configuration.ts";
import { unverifiedClaims } from "../../sdk/chain.ts";
import { type Core, instantiateCore } from "../../wasm/core.ts";
import { createFactsReader } from "../../worker/chain/facts.ts";
import { judgeChain } from "../../worker/chain/judge.ts";
import { createNameProver } from "../../worker/chain/names/prove.ts";
import { partyId } from "../../worker/chain/party.ts";
import { type Config, readConfig, resourceOf } from "../../worker/config.ts";
import { HopError } from "../../worker/errors.ts";
import { actorText } from "../../worker/ledger/record.ts";
import { createTrust } from "../../worker/trust/issuers.ts";
import type { KeyValueStore } from "../../worker/types.ts";
import { chainRows } from "../chain.ts";
import { readInput } from "../input.ts";
import { printable, table } from "../print.ts";
import { readRegistered } from "../registry.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";
import { isInstalled, ownFile } from "../root.ts";

interface Options extends GatewayOption {
  config?: string;
  claims?: boolean;
}

export function inspectCommand(): Command {
  return withGateway(new Command("inspect"))
    .description("show a chain as a table: whether it verifies, why not, and how each actor's name is known")
    .argument("<chain>")
    .addOption(
      new Option("--config <file>", "the gateway's configuration: its issuers and audiences")
        .env("HOPGATE_CONFIG")
        // An installed command line has no configuration of its own.
        .default(isInstalled ? undefined : "config/local.toml"),
    )
    .option("--claims", "also print every header parameter and claim")
    .action(async (argument: string, options: Options) => {
      const config = await configOf(options);
      const chain = await readInput(argument, "chain");
      try {
        console.log(table(["hop", "from", "to", "scope", "expires"], chainRows(chain)));
        if (options.claims) printClaims(chain);
      } catch (error) {
        console.log(`   ${printable((error as Error).message)}`);
      }
      const { holds, text } = await judge(chain, config, options);
      console.log(`\n${text}`);
      if (!holds) process.exitCode = 1;
    });
}

function printClaims(chain: string): void {
  unverifiedClaims(chain).forEach((claims, index) => {
    const header = decodeProtectedHeader(chain.split("~")[index] as string);
    const members = { ...header, ...claims };
    const rows = Object.entries(members).map(([name, value]) => [printable(name), printable(JSON.stringify(value))]);
    console.log(`\nhop ${index}\n${table(["", ""], rows)}`);
  });
}

/** @throws Error if no configuration is named, or it cannot be used */
async function configOf({ config }: Options): Promise<Config> {
  if (config === undefined) throw new Error("give the gateway's configuration: --config FILE, or HOPGATE_CONFIG");
  return readConfig(await readConfigFile(config));
}

/**
 * Whether the chain is valid, and in words: its actors and how each name is known, or the hop and the rule that it
 * breaks.
 */
async function judge(chain: string, config: Config, remote: GatewayOption): Promise<{ holds: boolean; text: string }> {
  const core = await loadCore();
  const now = (): number => Date.now();
  const fetchNow = (request: Request): Promise<Response> => fetch(request);
  const kv = await registryOf(remote);
  const edges = { kv, fetch: fetchNow, now, waitUntil: () => undefined };
  const trust = createTrust(config.issuers)({ ...edges, kv: { get: async () => null, put: async () => undefined } });
  const names = createNameProver(config)({ ...edges, trust, sha256: core.sha256 });
  const { routes, gateway } = config;
  const audiences = [gateway.id, ...routes.flatMap((route) => [route.audience, resourceOf(route, gateway.id)])];
  try {
    const verdict = await judgeChain(chain, audiences, { config, core, trust, now });
    const facts = await createFactsReader().read(chain, verdict, { config, core, names, now });
    const actors = facts.actors.map((actor, index) => [String(index), printable(actorText(actor))]);
    const known = kv.asked ? "and how its name is known" : "and how its name is known (no gateway was asked)";
    const head = `verified: ${facts.hops.length} hops for ${printable(partyId(facts.subject))}`;
    return { holds: true, text: `${head}\n${table(["actor", known], actors)}` };
  } catch (error) {
    if (!(error instanceof HopError)) throw error;
    const unknown = error.rule === "trust_unavailable" || error.rule === "names_unavailable";
    return { holds: false, text: `${unknown ? "not" : "NOT"} verified: ${error.description}` };
  }
}

/** The registry of a reachable gateway, else an empty one. */
async function registryOf(options: GatewayOption) {
  const none = { asked: false, get: async () => null, put: async () => undefined };
  const remote = await reach(options).catch(() => undefined);
  if (remote === undefined || !(await isUp(remote.gateway))) return none;
  return { ...none, asked: true, get: (async (key: string) => readRegistered(remote, key)) as KeyValueStore["get"] };
}

async function isUp(gateway: string): Promise<boolean> {
  return fetch(new URL("/healthz", gateway)).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function loadCore(): Promise<Core> {
  const bytes = await readFile(ownFile("dist/core.wasm")).catch(() => {
    throw new Error(
      isInstalled
        ? "dist/core.wasm is missing from the package: install hopgate-cli again"
        : "dist/core.wasm is not built: run `npm run build`",
    );
  });
  return instantiateCore(bytes);
}
