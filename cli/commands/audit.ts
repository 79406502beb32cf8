/** `hopgate audit`: what was done under a task, shown, taken along, and checked. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { exportLedger, readExport, verifyLedger } from "../audit.ts";
import { fetchLedger, printLedger, printTree } from "../ledger.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";

export function auditCommand(): Command {
  const command = new Command("audit").description("read, take along and check the ledger");

  withGateway(command.command("show"))
    .description("print every request of a task with its chain and decision, and check the chain of hashes")
    .argument(
      "<task>",
      "the task's identity or its txn, or gateway:YYYY-MM-DD for what was done to the gateway that day",
    )
    .option("--tree", "as a tree: who was given what, and what was done with it")
    .action(async (task: string, { tree, ...options }: GatewayOption & { tree?: boolean }) => {
      if (tree) await printTree(await reach(options), task);
      else if (!(await printLedger(await reach(options), task))) process.exitCode = 1;
    });

  withGateway(command.command("export"))
    .description("write a task's ledger as JSON lines: CloudEvents, one an entry, then the gateway's signed checkpoint")
    .argument("<task>", "the task's identity or its txn")
    .option("-o, --out <file>", "where to; default: standard output")
    .action(async (task: string, { out, ...options }: GatewayOption & { out?: string }) => {
      const lines = exportLedger(await fetchLedger(await reach(options), task));
      if (out === undefined) process.stdout.write(lines);
      else await writeFile(out, lines, { flag: "wx", mode: 0o600 });
    });

  withGateway(command.command("verify"))
    .description(
      "check a task's chain of hashes and its checkpoint; with an earlier export or the long-term store, that nothing was changed or taken away since",
    )
    .argument("<task>", "the task's identity or its txn")
    .option("--against <file...>", "exports of the task, or objects of the long-term store")
    .action(async (task: string, { against = [], ...options }: GatewayOption & { against?: string[] }) => {
      const remote = await reach(options);
      const ledger = await fetchLedger(remote, task);
      const problems = await verifyLedger(remote.gateway, ledger, await readExport(against, ledger.task));
      for (const problem of problems) console.log(`   ${problem}`);
      console.log(problems.length === 0 ? "   the ledger is whole" : "   the ledger is BROKEN");
      if (problems.length > 0) process.exitCode = 1;
    });
  return command;
}
