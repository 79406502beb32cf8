/** `hopgate audit`: shows, exports and verifies what was done under a task. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { exportLedger, verifyArchive, verifyExport, verifyLedger } from "../audit.ts";
import { printRequests, type Wanted } from "../find-requests.ts";
import { parseLimit } from "../input.ts";
import { fetchLedger, printLedger, printTree } from "../ledger.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";

interface VerifyOptions extends GatewayOption {
  readonly against?: string[];
  readonly archive?: string[];
}

export function auditCommand(): Command {
  const command = new Command("audit").description("read, export and check the ledger");

  withGateway(command.command("show"))
    .description("print every request of a task with its chain and decision, and check the chain of hashes")
    .argument(
      "<task>",
      "the task's identity or its txn, or gateway:YYYY-MM-DD for what was done to the gateway that day",
    )
    .option("--tree", "as a tree: what each actor was given, and what was done with it")
    .action(async (task: string, { tree, ...options }: GatewayOption & { tree?: boolean }) => {
      if (tree) await printTree(await reach(options), task);
      else if (!(await printLedger(await reach(options), task))) process.exitCode = 1;
    });

  withGateway(command.command("find"))
    .description("find requests in the ledger by path and arguments, newest first, and print which period was searched")
    .option("--path <path>", "the path, or its first segments: /invoices/7 finds /invoices/7/payments")
    .option(
      "--argument <name=value...>",
      "an argument of a tool, a member of the authorization details, or a parameter of the query; all of them must match",
    )
    .option("--since <time>", "ISO 8601: nothing older; default: everything that the ledger keeps")
    .option("--until <time>", "ISO 8601: nothing newer")
    .option("--limit <n>", "how many to print, at most 100", parseLimit, 20)
    .addHelpText(
      "after",
      `
Examples:
  hopgate audit find --path /invoices/7
  hopgate audit find --argument invoice=7 --since 2026-11-01T00:00:00Z`,
    )
    .action(async ({ gateway, ...wanted }: GatewayOption & Wanted) => {
      await printRequests(await reach({ gateway }), wanted);
    });

  withGateway(command.command("export"))
    .description(
      "write a task's ledger as JSON lines: one CloudEvent for each entry, then the gateway's signed checkpoint",
    )
    .argument("<task>", "the task's identity or its txn")
    .option("-o, --out <file>", "where to write; default: standard output")
    .action(async (task: string, { out, ...options }: GatewayOption & { out?: string }) => {
      const lines = exportLedger(await fetchLedger(await reach(options), task));
      if (out === undefined) process.stdout.write(lines);
      else await writeFile(out, lines, { flag: "wx", mode: 0o600 });
    });

  withGateway(command.command("verify"))
    .description(
      "check a task's ledger: its hashes and checkpoint, and that it still matches earlier exports or the long-term store, which are checked first",
    )
    .argument("<task>", "the task's identity or its txn")
    .option("--against <file...>", "exports of the task, each complete with its checkpoint")
    .option("--archive <file...>", "objects of the long-term store, together")
    .action(async (task: string, { against = [], archive = [], ...options }: VerifyOptions) => {
      const remote = await reach(options);
      const ledger = await fetchLedger(remote, task);
      const problems = await verifyLedger(remote.gateway, ledger);
      for (const file of against) problems.push(...(await verifyExport(remote.gateway, ledger, file)));
      if (archive.length > 0) problems.push(...(await verifyArchive(ledger, archive)));
      for (const problem of problems) console.log(`   ${problem}`);
      console.log(problems.length === 0 ? "   the ledger is whole" : "   the ledger is BROKEN");
      if (problems.length > 0) process.exitCode = 1;
    });
  return command;
}
