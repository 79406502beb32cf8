/** `hopgate approval`: what people are asked, and their answers. */
import { Command } from "commander";
import type { Approval } from "../../worker/approval/approval.ts";
import { partyId } from "../../worker/chain/party.ts";
import { actorText } from "../../worker/ledger/record.ts";
import { askConsole, startSession } from "../people.ts";
import { printTable } from "../print.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";

interface Options extends GatewayOption {
  readonly as: string;
  readonly group: string;
  readonly issuer?: string;
  readonly comment?: string;
}

export function approvalCommand(): Command {
  const command = new Command("approval").description("see and decide what policies ask people");
  const asPerson = (each: Command): Command =>
    withGateway(each)
      .requiredOption("--as <name>", "who decides: recorded with the decision")
      .requiredOption("--group <name>", "in whose name: a group that is asked")
      .option("--issuer <id>", "whose name --as is; default: console.local_issuer of the configuration");

  asPerson(command.command("list"))
    .description("what the group is asked, newest first")
    .action(async ({ as, group, issuer, ...options }: Options) => {
      const remote = await reach(options);
      const session = await startSession(remote, { name: as, groups: [group], issuer });
      const { approvals } = (await askConsole(remote, session, "approvals")) as { approvals: Approval[] };
      const rows = approvals.map(({ id, status, asked, expires }) => [
        id,
        status,
        `${asked.request.method} ${asked.request.target}`,
        partyId(asked.chain.subject),
        asked.chain.actors.map(actorText).join(" -> "),
        asked.chain.purpose ?? "",
        new Date(expires * 1000).toISOString(),
      ]);
      const head = ["approval", "", "request", "for", "through", "purpose", "until"];
      printTable(head, rows);
    });

  for (const decision of ["approve", "reject"] as const) {
    asPerson(command.command(decision))
      .description(decision === "approve" ? "let this one request pass, once" : "refuse it")
      .argument("<approval>", "its id")
      .option("--comment <text>", "kept with the decision")
      .action(async (id: string, { as, group, issuer, comment = "", ...options }: Options) => {
        const remote = await reach(options);
        const session = await startSession(remote, { name: as, groups: [group], issuer });
        const path = `approvals/${encodeURIComponent(id)}`;
        const approval = (await askConsole(remote, session, path, { decision, group, comment })) as Approval;
        console.log(`${id} is ${approval.status}`);
      });
  }
  return command;
}
