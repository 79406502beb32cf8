/** Every command of the command line. */
import { Command } from "commander";
import { approvalCommand } from "./commands/approval.ts";
import { auditCommand } from "./commands/audit.ts";
import { callCommand } from "./commands/call.ts";
import { clientCommand } from "./commands/client.ts";
import { configCommand } from "./commands/config.ts";
import { consoleCommand } from "./commands/console.ts";
import { delegateCommand } from "./commands/delegate.ts";
import { initCommand } from "./commands/init.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { keyCommand } from "./commands/key.ts";
import { messageCommand } from "./commands/message.ts";
import { policyCommand } from "./commands/policy.ts";
import { reportCommand } from "./commands/report.ts";
import { revokeCommand } from "./commands/revoke.ts";
import { signInCommand } from "./commands/sign-in.ts";
import { taskCommand } from "./commands/task.ts";
import { toolsCommand } from "./commands/tools.ts";
import { workloadCommand } from "./commands/workload.ts";

/** @returns a new one: a program keeps what it has parsed */
export function createProgram(): Command {
  return new Command("hopgate")
    .description("keys, chains, messages, policies, clients and the ledger of a Hopgate gateway")
    .addHelpText(
      "after",
      `
A CHAIN is the text itself, @FILE, or - for standard input.
Commands that reach a gateway take --gateway URL (default: HOPGATE_GATEWAY, else http://127.0.0.1:8787) and, for its
administration, the token in HOPGATE_ADMIN_TOKEN (default: what \`npm start\` wrote to .hopgate/admin-token).

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`,
    )
    .exitOverride()
    .addCommand(initCommand())
    .addCommand(configCommand())
    .addCommand(keyCommand())
    .addCommand(signInCommand())
    .addCommand(delegateCommand())
    .addCommand(inspectCommand())
    .addCommand(callCommand())
    .addCommand(messageCommand())
    .addCommand(policyCommand())
    .addCommand(clientCommand())
    .addCommand(workloadCommand())
    .addCommand(toolsCommand())
    .addCommand(auditCommand())
    .addCommand(reportCommand())
    .addCommand(approvalCommand())
    .addCommand(consoleCommand())
    .addCommand(revokeCommand())
    .addCommand(taskCommand());
}
