/** `hopgate report`: every workload, what it holds and what it uses, and how little would do. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { askAdmin } from "../../sdk/admin.ts";
import type { InventoryItem } from "../../worker/ledger/inventory.ts";
import type { Client } from "../../worker/oauth/clients.ts";
import { heading, printTable } from "../print.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";
import { narrowingCommands, narrowingPolicy } from "../report.ts";

interface Options extends GatewayOption {
  readonly json?: boolean;
  readonly cedar?: string;
}

export function reportCommand(): Command {
  return withGateway(new Command("report"))
    .description("every workload that was seen: owner, last use, scopes held against used; proposes narrower grants")
    .option("--json", "the inventory as JSON")
    .option("--cedar <file>", "write the proposed policy to a file, such as policies/narrower.cedar")
    .action(async ({ json, cedar, ...options }: Options) => {
      const remote = await reach(options);
      const answer = await askAdmin(remote, "workloads");
      const { workloads } = (await answer.json()) as { workloads: InventoryItem[] };
      if (json) return console.log(JSON.stringify(workloads, null, 2));
      printInventory(workloads);
      const policy = narrowingPolicy(workloads, new Date().toISOString().slice(0, 10));
      if (policy !== "") {
        if (cedar === undefined) console.log(`${heading("narrower: a policy")}\n${policy}`);
        else await writeFile(cedar, policy, { flag: "wx" });
        console.log(`   judge it beside the current set first: ${cedar ?? "put it into policies/"}, then
   npm run hopgate -- policy publish --shadow && npm run hopgate -- policy diff --live`);
      }
      const { clients } = (await (await askAdmin(remote, "clients")).json()) as { clients: Client[] };
      const commands = narrowingCommands(
        workloads,
        new Map(clients.map(({ client_id, scopes }) => [client_id, scopes])),
      );
      if (commands.length > 0)
        console.log(`${heading("narrower: clients")}\n${commands.map((line) => `   ${line}`).join("\n")}`);
    });
}

function printInventory(workloads: readonly InventoryItem[]): void {
  const rows = workloads.map(
    ({ actor, owner, purpose, last, requests, denied, used, unused, chains, longest, warnings }) => [
      actor,
      owner === undefined ? "unknown" : `${owner} (${purpose})`,
      last.slice(0, 19),
      `${requests} (${denied} denied)`,
      used.join(" ") || "-",
      unused.join(" ") || "-",
      String(chains.length),
      `${Math.round(longest / 60)} min`,
      warnings.join("; "),
    ],
  );
  const head = ["workload", "owner", "last seen", "requests", "used", "held, never used", "chains", "longest", ""];
  printTable(head, rows);
}
