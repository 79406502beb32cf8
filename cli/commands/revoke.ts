/** `hopgate revoke`: takes authority back. */
import { Argument, Command } from "commander";
import { sendAdmin } from "../../sdk/admin.ts";
import { REVOCABLE } from "../../worker/chain/revocation.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";

export function revokeCommand(): Command {
  return withGateway(new Command("revoke"))
    .description("refuse every chain of a task, an actor, a client, a token, a hop, a subject or an issuer from now on")
    .addArgument(new Argument("<kind>").choices(REVOCABLE))
    .argument(
      "<values...>",
      "token: issuer and jti; subject: issuer and sub; session: issuer and sid; the others: one value",
    )
    .option("--reason <text>", "kept with the revocation", "")
    .action(async (kind: string, values: string[], { reason, ...options }: GatewayOption & { reason: string }) => {
      await sendAdmin(await reach(options), "POST", "revocations", { kind, values, reason });
      console.log(`revoked ${kind} ${values.join(" ")}`);
    });
}
