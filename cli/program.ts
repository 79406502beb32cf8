/** Every command of the command line. */
import { Command } from "commander";
import { ownVersion } from "./root.ts";

/** Each is loaded when it is needed, because loading code takes most of a command's time. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import("./commands/init.ts")).initCommand(),
  config: async () => (await import("./commands/config.ts")).configCommand(),
  key: async () => (await import("./commands/key.ts")).keyCommand(),
  "sign-in": async () => (await import("./commands/sign-in.ts")).signInCommand(),
  delegate: async () => (await import("./commands/delegate.ts")).delegateCommand(),
  inspect: async () => (await import("./commands/inspect.ts")).inspectCommand(),
  call: async () => (await import("./commands/call.ts")).callCommand(),
  message: async () => (await import("./commands/message.ts")).messageCommand(),
  policy: async () => (await import("./commands/policy.ts")).policyCommand(),
  client: async () => (await import("./commands/client.ts")).clientCommand(),
  workload: async () => (await import("./commands/workload.ts")).workloadCommand(),
  tools: async () => (await import("./commands/tools.ts")).toolsCommand(),
  audit: async () => (await import("./commands/audit.ts")).auditCommand(),
  report: async () => (await import("./commands/report.ts")).reportCommand(),
  approval: async () => (await import("./commands/approval.ts")).approvalCommand(),
  console: async () => (await import("./commands/console.ts")).consoleCommand(),
  revoke: async () => (await import("./commands/revoke.ts")).revokeCommand(),
  task: async () => (await import("./commands/task.ts")).taskCommand(),
};

/**
 * @param only name of the command that is needed; any other text, or none, gives the program with all of them
 * @returns a new program, because a program keeps what it has parsed
 */
export async function createProgram(only = ""): Promise<Command> {
  const needed = Object.hasOwn(COMMANDS, only) ? [only] : Object.keys(COMMANDS);
  const commands = await Promise.all(needed.map((name) => (COMMANDS[name] as () => Promise<Command>)()));
  const program = new Command("hopgate")
    .version(await ownVersion())
    .description("keys, chains, messages, policies, clients and the ledger of a Hopgate gateway")
    .addHelpText(
      "after",
      `
CHAIN is the chain itself, @FILE, or - for standard input.
Commands that reach a gateway take --gateway URL (default: HOPGATE_GATEWAY, else http://127.0.0.1:8787) and, for its
administration, the token in HOPGATE_ADMIN_TOKEN (default: what \`npm start\` wrote to .hopgate/admin-token).

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`,
    )
    .exitOverride();
  for (const command of commands) program.addCommand(command);
  return program;
}
