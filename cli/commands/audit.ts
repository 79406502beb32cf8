/** `hopgate audit show`: what was done under a task. */
import { Command } from "commander";
import { adminToken, DEFAULT_GATEWAY } from "../input.ts";
import { printLedger } from "../ledger.ts";

export function auditCommand(): Command {
  const command = new Command("audit").description("read the ledger");
  command
    .command("show")
    .description("print every request of a task with its chain and decision, and check the chain of hashes")
    .argument("<txn>", "the task's id")
    .option("--gateway <url>", "where the gateway is", DEFAULT_GATEWAY)
    .action(async (txn: string, { gateway }: { gateway: string }) => {
      if (!(await printLedger(gateway, await adminToken(), txn))) process.exitCode = 1;
    });
  return command;
}
