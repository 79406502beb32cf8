/** `hopgate console`: sign-in to the console without an identity provider. */
import { Command } from "commander";
import { signInToken } from "../people.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";

interface Options extends GatewayOption {
  readonly as: string;
  readonly group: string[];
  readonly issuer?: string;
}

export function consoleCommand(): Command {
  const command = new Command("console").description("sign in to the console");
  withGateway(command.command("sign-in"))
    .description("print an address that signs a person in, once, within five minutes (console.local)")
    .requiredOption("--as <name>", "the person's name, which is recorded with everything done in the session")
    .option("--group <name...>", "groups of the person", [])
    .option("--issuer <id>", "the issuer of the name; default: console.local_issuer of the configuration")
    .action(async ({ as, group, issuer, ...options }: Options) => {
      const remote = await reach(options);
      const address = new URL("/console/sign-in", remote.gateway);
      address.searchParams.set("token", await signInToken(remote, { name: as, groups: group, issuer }));
      console.log(address.href);
    });
  return command;
}
