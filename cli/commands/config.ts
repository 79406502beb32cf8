/** `hopgate config check`: whether a gateway would start with a configuration. */
import { Command } from "commander";
import { readConfigFile } from "../../local/configuration.ts";
import { type Config, namedSecrets, readConfig, secretInUse } from "../../worker/config.ts";
import { fetchKeys, isRemote, readKeys } from "../../worker/trust/jwks.ts";
import { readSecrets } from "../../worker/trust/secrets.ts";
import { table } from "../print.ts";

/** Without these secrets a gateway starts, but serves nothing. */
const NEEDED = ["GATEWAY_KEYS", "POLICY_KEYS", "ADMIN_TOKEN"];

interface Options {
  readonly secrets?: boolean;
  readonly fetch?: boolean;
}

export function configCommand(): Command {
  const command = new Command("config").description("check a configuration before a gateway starts with it");
  command
    .command("check")
    .description("read a configuration as the gateway does, and say what is wrong")
    .argument("<file>", "the configuration")
    .option(
      "--secrets",
      "the secrets too, from the environment: those that are set must be usable, and none may be missing",
    )
    .option("--fetch", "also fetch the keys of every issuer")
    .addHelpText("after", "\nExit codes: 0 a gateway can start with it, 1 it cannot.")
    .action(async (file: string, options: Options) => {
      const config = readConfig(await readConfigFile(file));
      const problems = [
        ...(options.secrets ? secretProblems(config, process.env) : []),
        ...(options.fetch ? await issuerProblems(config) : []),
      ];
      console.log(table(["", ""], summary(config)));
      if (problems.length > 0) throw new Error(problems.join("\nhopgate: "));
    });
  return command;
}

function summary({ gateway, issuers, routes }: Config): string[][] {
  return [
    ["gateway", `${gateway.id} at ${gateway.origins.join(", ")}`],
    ["issuers", issuers.map(({ issuer }) => issuer).join(", ")],
    ["routes", routes.map(({ id, path }) => `${id} ${path}`).join(", ")],
  ];
}

/** Never prints the value of a secret. */
function secretProblems(config: Config, env: NodeJS.ProcessEnv): string[] {
  const names = [...NEEDED, ...namedSecrets(config)];
  const isMissing = (name: string): boolean => !secretInUse(name, config, (each) => env[each]);
  const missing = names.filter(isMissing).map((name) => `the secret ${name} is not set`);
  try {
    readSecrets((name) => env[name], config);
    return missing;
  } catch (error) {
    return [...missing, (error as Error).message];
  }
}

async function issuerProblems({ issuers }: Config): Promise<string[]> {
  const looks = issuers.filter(isRemote).map(async (issuer) => {
    try {
      const { keys } = await fetchKeys(issuer, (request) => fetch(request));
      return readKeys(keys).length > 0 ? [] : [`${issuer.issuer}: its key set has no usable key`];
    } catch (error) {
      const { message, cause } = error as Error;
      return [`${issuer.issuer}: its keys cannot be fetched: ${cause instanceof Error ? cause.message : message}`];
    }
  });
  return (await Promise.all(looks)).flat();
}
