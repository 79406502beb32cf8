/** `hopgate revoke`: revokes authority. */
import { Command } from "commander";
import { sendAdmin } from "../../sdk/admin.ts";
import { canBeEarlier } from "../../worker/revocation/limits.ts";
import { fieldsOf, REVOCATION_KINDS, type RevocationKind, readRevocationName } from "../../worker/revocation/name.ts";
import { printPending } from "../pending.ts";
import { type GatewayOption, reach, withGateway } from "../remote.ts";

const DESCRIPTIONS: Readonly<Record<RevocationKind, string>> = {
  issuer: "every chain whose root this issuer signed",
  subject: "every chain for this subject",
  session: "every chain that began in this session",
  task: "every chain of this task, by its identity in the ledger: the task ends",
  actor: "every chain in which this actor takes part",
  client: "every chain that began with a token of this client",
  token: "this token, and everything derived from it",
  hop: "every chain with this hop, by its hash in the ledger",
};

/** Default of the option. */
const DEFAULTS: Readonly<Record<string, string>> = {
  authority: "who answers for the name; default: the authority in the name, else the gateway's registry",
  issuer: "issuer of the client; default: a client registered at this gateway",
};

type Options = GatewayOption & { reason: string; unknown?: boolean; earlier?: boolean };

export function revokeCommand(): Command {
  const command = new Command("revoke").description("revoke chains, tokens and tasks: they are refused from now on");
  for (const kind of REVOCATION_KINDS) command.addCommand(kindCommand(kind));
  return command;
}

function kindCommand(kind: RevocationKind): Command {
  const fields = fieldsOf(kind);
  const needed = fields.filter(({ optional }) => !optional).map(({ field }) => field);
  const command = withGateway(new Command(kind)).description(DESCRIPTIONS[kind]);
  for (const field of needed) command.argument(`<${field}>`);
  for (const { field, optional } of fields) if (optional) command.option(`--${field} <id>`, DEFAULTS[field]);
  if (canBeEarlier(kind))
    command.option(
      "--earlier",
      "only what was issued until now, and in the next `clock_skew` seconds (5 by default), which stays refused; after " +
        "them the person can sign in again, and the workload can use another key",
    );
  command.option("--unknown", "even if the gateway does not know this issuer, authority, client or name");
  return command.option("--reason <text>", "kept with the revocation", "").action(async (...given: unknown[]) => {
    const values = given.slice(0, needed.length);
    const { reason, unknown = false, earlier = false, gateway, ...named } = given[needed.length] as Options;
    const name = readRevocationName({
      kind,
      ...Object.fromEntries(needed.map((field, index) => [field, values[index]])),
      ...named,
    });
    const answer = await sendAdmin(await reach({ gateway }), "POST", "revocations", {
      ...name,
      reason,
      unknown,
      earlier,
    });
    console.log(`revoked ${kind} ${values.join(" ")}${earlier ? ", as issued until now" : ""}`);
    await printPending(answer);
  });
}
