/** `hopgate task`: reopens a task that was ended. `hopgate revoke task` ends one. */
import { Command } from "commander";
import { sendAdmin } from "../../sdk/admin.ts";
import { printPending } from "../pending.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";

export function taskCommand(): Command {
  const command = new Command("task").description("reopen a task that was ended");
  withGateway(command.command("reopen"))
    .description(
      "accept the task's chains and tokens again, if they have not expired and nothing else of them is revoked",
    )
    .argument("<task>", "its identity, as `hopgate audit show` prints it")
    .requiredOption("--reason <text>", "kept in its ledger")
    .addHelpText("after", '\nExample:\n  hopgate task reopen hSBQ... --reason "the limit was too low"')
    .action(async (task: string, { gateway, reason }: GatewayOption & { readonly reason: string }) => {
      const answer = await sendAdmin(await reach({ gateway }), "POST", "revocations/reopened", { task, reason });
      console.log(`${task} is reopened`);
      await printPending(answer);
    });
  return command;
}
