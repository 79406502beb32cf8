/** `hopgate approval`: lists and decides requests for approval. */
import { Command } from "commander";
import type { Approval, Asked } from "../../worker/approval/approval.ts";
import { partyId } from "../../worker/chain/party.ts";
import { actorText } from "../../worker/ledger/record.ts";
import { askConsole, startSession } from "../people.ts";
import { printTable } from "../print.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";
import { argumentsText, valueText } from "../values.ts";

interface Options extends GatewayOption {
  readonly as: string;
  readonly group: string;
  readonly issuer?: string;
  readonly comment?: string;
}

export function approvalCommand(): Command {
  const command = new Command("approval").description("list and decide requests that need approval");
  const asPerson = (each: Command): Command =>
    withGateway(each)
      .requiredOption("--as <name>", "who decides: recorded with the decision")
      .requiredOption("--group <name>", "the group for which you decide")
      .option("--issuer <id>", "the issuer of the name in --as; default: console.local_issuer of the configuration");

  asPerson(command.command("list"))
    .description("list the requests that the group must decide, newest first")
    .action(async ({ as, group, issuer, ...options }: Options) => {
      const remote = await reach(options);
      const session = await startSession(remote, { name: as, groups: [group], issuer });
      const { approvals } = (await askConsole(remote, session, "approvals")) as { approvals: Approval[] };
      const rows = approvals.map(({ id, status, asked, expires }) => [
        id,
        status,
        requestText(asked),
        partyId(asked.chain.subject),
        asked.chain.actors.map(actorText).join(" -> "),
        asked.chain.purpose ?? "",
        new Date(expires * 1000).toISOString(),
      ]);
      const head = ["approval", "", "request", "for", "through", "purpose", "until"];
      printTable(head, rows);
    });

  asPerson(command.command("show"))
    .description("show what an approval covers: request, tool with its arguments, everyone in the chain")
    .argument("<approval>", "its id")
    .action(async (id: string, { as, group, issuer, ...options }: Options) => {
      const remote = await reach(options);
      const session = await startSession(remote, { name: as, groups: [group], issuer });
      printTable(
        ["", ""],
        rowsOf((await askConsole(remote, session, `approvals/${encodeURIComponent(id)}`)) as Approval),
      );
    });

  for (const decision of ["approve", "reject"] as const) {
    asPerson(command.command(decision))
      .description(decision === "approve" ? "allow this one request, once" : "refuse the request")
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

/** The request in one line; for a tool its name and arguments, because all tools have the same path. */
function requestText({ request, tool }: Asked): string {
  if (tool === undefined) return `${request.method} ${request.target}`;
  return `${tool.name}(${argumentsText({ ...tool.arguments, ...tool.undeclared })})`;
}

function rowsOf({ id, status, asked, expires }: Approval): string[][] {
  const { chain, request, tool, details } = asked;
  const values = { ...tool?.arguments, ...tool?.undeclared };
  return [
    ["approval", `${id}  ${status}`],
    ["request", `${request.method} ${request.target}  (${request.route}, sensitivity ${request.sensitivity})`],
    ...(tool === undefined ? [] : [["tool", tool.name]]),
    ...Object.entries(values).map(([name, value]) => [`  ${name}`, valueText(value)]),
    ...(details ?? []).map((each) => ["details", JSON.stringify(each)]),
    ["asked by", `${asked.policies.join(", ")}${asked.reason === undefined ? "" : `: ${asked.reason}`}`],
    ["task", `${chain.txn}${chain.purpose === undefined ? "" : `  (${chain.purpose})`}`],
    ["for", partyId(chain.subject)],
    ["through", chain.actors.map(actorText).join(" -> ")],
    ["until", new Date(expires * 1000).toISOString()],
  ];
}
