/** `hopgate report`: every workload, what it holds and what it uses, and narrower grants. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { askAdmin, type Remote } from "../../sdk/admin.ts";
import type { Evidence } from "../../worker/admin/evidence.ts";
import type { InventoryItem } from "../../worker/ledger/inventory.ts";
import type { Client } from "../../worker/oauth/clients.ts";
import { CATALOGUES } from "../controls/catalogues.ts";
import { heading, printable, printTable } from "../print.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";
import { narrowingCommands, narrowingPolicy } from "../report.ts";

interface Options extends GatewayOption {
  readonly json?: boolean;
  readonly controls?: boolean;
  readonly cedar?: string;
}

export function reportCommand(): Command {
  return withGateway(new Command("report"))
    .description("list every workload that was seen: owner, last use, scopes held and used; propose narrower grants")
    .option("--json", "the inventory, or the evidence, as JSON")
    .option("--controls", "instead of the inventory: controls of OWASP and NIST with this gateway's evidence")
    .option("--cedar <file>", "write the proposed policy to a file, such as policies/narrower.cedar")
    .action(async ({ json, controls, cedar, ...options }: Options) => {
      const remote = await reach(options);
      if (controls) {
        const shown = await readEvidence(remote);
        if (json) console.log(JSON.stringify(shown, null, 2));
        else printControls(shown);
        return;
      }
      const answer = await askAdmin(remote, "workloads");
      const { workloads } = (await answer.json()) as { workloads: InventoryItem[] };
      if (json) return console.log(JSON.stringify(workloads, null, 2));
      printInventory(workloads);
      const policy = narrowingPolicy(workloads, new Date().toISOString().slice(0, 10));
      if (policy !== "") {
        if (cedar === undefined) console.log(`${heading("narrower: a policy")}\n${policy}`);
        else await writeFile(cedar, policy, { flag: "wx" });
        console.log(`   evaluate it in shadow mode first: ${cedar ?? "put it into policies/"}, then
   hopgate policy publish --shadow && hopgate policy diff --live`);
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

interface Shown {
  readonly gateway: string;
  /** ISO 8601. */
  readonly time: string;
  readonly evidence: Evidence;
}

async function readEvidence(remote: Remote): Promise<Shown> {
  return (await (await askAdmin(remote, "evidence")).json()) as Shown;
}

function printControls(shown: Shown): void {
  console.log(`${shown.gateway}, ${shown.time}`);
  for (const { name, controls } of CATALOGUES) {
    console.log(heading(name));
    for (const { id, title, evidence } of controls) {
      console.log(`   ${id}  ${title}`);
      if (evidence.length === 0) console.log("      not addressed by Hopgate, or without a setting");
      for (const fact of evidence) console.log(`      ${fact}: ${printable(shown.evidence[fact])}`);
    }
  }
}
