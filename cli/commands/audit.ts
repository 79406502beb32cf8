/** `hopgate audit`: what was done under a task, shown, taken along, and checked. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { exportLedger, readExport, verifyLedger } from "../audit.ts";
import { adminToken, DEFAULT_GATEWAY } from "../input.ts";
import { fetchLedger, printLedger } from "../ledger.ts";

export function auditCommand(): Command {
  const command = new Command("audit").description("read, take along and check the ledger");
  const withGateway = (each: Command): Command =>
    each.option("--gateway <url>", "where the gateway is", DEFAULT_GATEWAY);

  withGateway(command.command("show"))
    .description("print every request of a task with its chain and decision, and check the chain of hashes")
    .argument("<txn>", "the task's id")
    .action(async (txn: string, { gateway }: { gateway: string }) => {
      if (!(await printLedger(gateway, await adminToken(), txn))) process.exitCode = 1;
    });

  withGateway(command.command("export"))
    .description("write a task's ledger as JSON lines: CloudEvents, one an entry, then the gateway's signed checkpoint")
    .argument("<txn>", "the task's id")
    .option("-o, --out <file>", "where to; default: standard output")
    .action(async (txn: string, { gateway, out }: { gateway: string; out?: string }) => {
      const lines = exportLedger(await fetchLedger(gateway, await adminToken(), txn));
      if (out === undefined) process.stdout.write(lines);
      else await writeFile(out, lines, { flag: "wx", mode: 0o600 });
    });

  withGateway(command.command("verify"))
    .description(
      "check a task's chain of hashes and its checkpoint; with an earlier export, that nothing was changed or taken away since",
    )
    .argument("<txn>", "the task's id")
    .option("--against <file>", "an export of the same task")
    .action(async (txn: string, { gateway, against }: { gateway: string; against?: string }) => {
      const earlier = against === undefined ? undefined : await readExport(against);
      const problems = await verifyLedger(gateway, await fetchLedger(gateway, await adminToken(), txn), earlier);
      for (const problem of problems) console.log(`   ${problem}`);
      console.log(problems.length === 0 ? "   the ledger is whole" : "   the ledger is BROKEN");
      if (problems.length > 0) process.exitCode = 1;
    });
  return command;
}
